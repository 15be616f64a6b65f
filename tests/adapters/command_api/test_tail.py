"""The tail on real Kafka: where it begins, what it does not believe, and where it stops."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from contracts import topics
from contracts.codec import decode_log, encode_claim, encode_event
from contracts.events import HoldRefused
from contracts.records import RULES, EventRecord, PartitionClaim
from contracts.refusals import Reason
from contracts.topics import partition_of
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People
from tests.stand_in_decider import StandInDecider, stand_in_decider
from tests.until import until
from write_side.api.tail import Tail
from write_side.api.tail_start import latest_claim


@pytest.fixture
async def consumer(kafka: Stack) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.kafka, group_id=None, enable_auto_commit=False, auto_offset_reset="none"
    )
    await consumer.start()
    yield consumer
    await consumer.stop()


@pytest.mark.parametrize("first_step", [1, 3, 1000])
async def test_the_latest_claim_is_found_however_far_back(
    kafka: Stack, people: People, decider: StandInDecider, consumer: AIOKafkaConsumer, first_step: int
):
    show_id = await people.schedule()
    tp = TopicPartition(topics.EVENTS, partition_of(show_id, 3))
    await asyncio.gather(*(people.hold(show_id, f"A-1-{number}") for number in range(1, 21)))
    start = (await consumer.beginning_offsets([tp]))[tp]
    end = (await consumer.end_offsets([tp]))[tp]
    found = await latest_claim(consumer, tp, start, end, first_step)
    consumer.assign([tp])
    consumer.seek(tp, start)
    claims = []
    while await consumer.position(tp) < end:
        for record in (await consumer.getmany(tp, timeout_ms=200)).get(tp, []):
            if isinstance(decode_log(record.value), PartitionClaim):
                claims.append(record.offset)
    assert found == claims[-1] < end - 20
    assert await latest_claim(consumer, tp, start, claims[0], first_step) is None


async def test_a_tail_that_starts_late_says_the_same_as_one_that_saw_it_all(
    kafka: Stack, people: People, decider: StandInDecider
):
    show_id = await people.schedule()
    answers = await asyncio.gather(*(people.hold(show_id, f"A-1-{number}") for number in range(1, 21)))
    seen: set[tuple[int, int]] = set()
    tail = Tail(kafka.kafka, 3, lambda partition, offset, record, value: seen.add((partition, offset)))
    await tail.start()
    running = asyncio.ensure_future(tail.run())
    await until(lambda: not tail.missing())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await tail.stop()
    receipts = [answer.headers["Seatlog-Receipt"].split(":") for answer in answers]
    assert {(int(partition), int(offset)) for partition, offset, _ in receipts} <= seen


def no_to(value: bytes, claim: int | None = None) -> bytes:
    """The same record, saying no instead, perhaps under another claim."""
    record = decode_log(value)
    assert isinstance(record, EventRecord)
    return encode_event(
        HoldRefused(buyer_id="ann", reason=Reason.SEATS_TAKEN),
        show_id=record.show_id,
        version=record.version,
        command_id=record.command_id,
        digest=record.digest,
        source=record.source,
        claim=record.claim if claim is None else claim,
        time=record.time,
        prev=record.prev,
    )


async def degraded(people: People) -> list[str]:
    """What a command API that is ready says it cannot do."""
    answer = await people.get("/readyz")
    said = answer.json()
    assert (answer.status_code, said["ready"], said["missing"]) == (200, True, [])
    sentences: list[str] = said["degraded"]
    return sentences


async def test_what_a_zombie_says_is_told_to_nobody(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    number = partition_of(show_id, 3)
    claim = decider.claim_of(number)
    await decider.claim(number)
    before = await people.meter("void_records", number)
    decider.before = lambda values: [no_to(value, claim) for value in values]
    held = await people.hold(show_id, "A-1-1")
    assert held.status_code == 201, "the zombie's no came first, under its old claim"
    assert await people.meter("void_records", number) == before + 1


async def test_that_check_catches_who_believes_a_zombie(kafka: Stack, people: People, decider: StandInDecider):
    """The same lie under the claim in force is told, so the claim is what the test above is about."""
    show_id = await people.schedule()
    decider.before = lambda values: [no_to(value) for value in values]
    assert (await people.hold(show_id, "A-1-1")).status_code == 409


async def test_what_was_answered_before_is_not_answered_again(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    decider.after = lambda values: [no_to(value) for value in values]
    for number in range(1, 4):
        assert (await people.hold(show_id, f"A-1-{number}")).status_code == 201


@pytest.fixture
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A log of this test's own, since it will not be fit for use afterwards."""
    folder = tmp_path_factory.mktemp("broken-log")
    with Stack.start(folder, services=("kafka", "command-api"), supervised=False) as stack:
        yield stack


GARBAGE = {1: b"garbage", 2: encode_claim(PartitionClaim(owner="x", generation=1, rules=RULES))[:-1] + b',"x":1}'}
"""By partition: no JSON, and a claim as nobody writes it."""


async def test_a_log_fault_stops_its_partition_and_names_the_record(broken: Stack):
    address, secret = broken.url("command-api"), broken.token_secret
    async with stand_in_decider(broken.kafka) as decider, People(address, secret) as people:
        shows = {}
        while len(shows) < 3:
            show_id = await people.schedule()
            shows[partition_of(show_id, 3)] = show_id
        offsets = {number: await decider.append(number, [value]) for number, value in GARBAGE.items()}
        for number, offset in offsets.items():
            pending = await people.hold(shows[number], "A-1-1", Prefer="wait=1")
            assert (pending.status_code, pending.json()["status"]) == (202, "pending")
            assert any(f"partition {number} at offset {offset}" in each for each in await degraded(people))
            assert await people.meter("halted_partitions", number) == 1
        assert (await people.hold(shows[0], "A-1-1")).status_code == 201
        assert await people.meter("halted_partitions", 0) == 0
        await asyncio.to_thread(broken.restart, "command-api", wait=False)
        await people.see("/readyz", lambda answer: answer.status_code == 200)
        assert len(await degraded(people)) == len(offsets), "a restart does not make it forget"
        assert (await people.hold(shows[0], "A-1-2")).status_code == 201
