"""How long nobody decides: `restart_after_kill`, `restart_after_stop`, `planned_restart`, `standby_takeover`, and
`graceful_stop`.

Half a million events stand in the log, and holds come in at 1,000 a second all the time. A time ends with the first new
decision in the last of the partitions to have one, by its time of append. A process that was killed or stopped is
started again at once, by hand: the stack's supervisor would wait 0.2 s. In the takeover nobody starts it again. The
planned restart is a handover: its figure is the longest time between two decisions for one partition.
"""

import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Final, NamedTuple

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import decode_log
from contracts.records import EventRecord
from contracts.topics import EVENTS
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.kafka_ground import PARTITIONS, ends, group_less_reader, kafka_alone
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.recovering import fill_log
from scenarios.benchmarks.rows import Row, row
from scenarios.benchmarks.steady_holds import SteadyHolds
from scenarios.stack.stack import Stack

EVENTS_WANTED: Final = 500_000
A_SECOND: Final = 1_000
SETTLE_SECONDS: Final = 2.0
"""Of steady deciding before anything is hurt, so that the standby is warm and the group at rest."""
WITHIN_SECONDS: Final = 60.0
_MS: Final = 1000
ONE, OTHER = "decider", "decider-2"


class Absences(NamedTuple):
    """Seconds, one of each."""

    after_kill: float
    stop: float
    after_stop: float
    handed_over: float
    takeover: float


def measure_coming_back(pace: Pace) -> Iterator[Row]:
    """The five times, each the median of the rounds."""
    shows = max(PARTITIONS, pace.sized(EVENTS_WANTED) // SEATS)
    with kafka_alone() as stack:
        pace.say(f"coming back: a decider writes {shows * SEATS:,} events")
        uvloop.run(fill_log(stack, shows))
        stack.start_service(ONE)
        found = []
        for round_ in range(pace.rounds):
            pace.say(f"coming back: round {round_ + 1} of {pace.rounds}")
            with SteadyHolds(stack.kafka, f"steady-{round_}", A_SECOND):
                found.append(_absences(stack))
    yield row("restart_after_kill", median(each.after_kill for each in found), "s")
    yield row("restart_after_stop", median(each.after_stop for each in found), "s")
    yield row("planned_restart", median(each.handed_over for each in found), "s")
    yield row("graceful_stop", median(each.stop for each in found), "s")
    yield row("standby_takeover", median(each.takeover for each in found), "s")


def _absences(stack: Stack) -> Absences:
    """Kill the only decider, stop it in order, have it hand over, then kill it beside a standby that is warm."""
    _steady(stack)
    stack.process(ONE).kill()
    killed_at = time.time()
    stack.restart(ONE, wait=False)
    after_kill = _decided_again(stack, killed_at) - killed_at
    stack.wait_ready(ONE)

    _steady(stack)
    told_at = time.time()
    stack.process(ONE).terminate()
    code = stack.process(ONE).wait(WITHIN_SECONDS)
    ended_at = time.time()
    if code != 0:
        raise BenchmarkFailure(f"the decider ended with {code} when it was told to stop")
    stack.restart(ONE, wait=False)
    after_stop = _decided_again(stack, ended_at) - told_at
    stack.wait_ready(ONE)

    _steady(stack)
    begun_at = time.time()
    stack.hand_over(ONE)
    _steady(stack)
    handed_over = uvloop.run(_longest_pause(stack.kafka, round(begun_at * _MS))) / _MS

    stack.start_service(ONE, name=OTHER)
    _steady(stack)
    stack.process(ONE).kill()
    killed_at = time.time()
    takeover = _decided_again(stack, killed_at) - killed_at
    stack.process(OTHER).terminate()
    stack.process(OTHER).wait(WITHIN_SECONDS)
    stack.restart(ONE)
    return Absences(after_kill, ended_at - told_at, after_stop, handed_over, takeover)


def _steady(stack: Stack) -> None:
    """Every partition is decided for now, and has been for a while."""
    _decided_again(stack, time.time() + SETTLE_SECONDS)


def _decided_again(stack: Stack, after: float) -> float:
    """When the last partition had its first decision after a moment; both in seconds since 1970."""
    return uvloop.run(_first_decisions(stack.kafka, round(after * _MS))) / _MS


async def _first_decisions(kafka: str, after_ms: int) -> int:
    """The latest of the partitions' first append times after this one. Raises BenchmarkFailure."""
    deadline = time.monotonic() + WITHIN_SECONDS
    first: dict[int, int] = {}
    async with group_less_reader(kafka) as reader:
        await _seek(reader, after_ms)
        while len(first) < PARTITIONS:
            if time.monotonic() > deadline:
                raise BenchmarkFailure(
                    f"within {WITHIN_SECONDS:.0f} s only partitions {sorted(first)} were decided for"
                )
            for number, decided in (await _decided(reader)).items():
                later = [at for at in decided if at > after_ms]
                if later:
                    first.setdefault(number, min(later))
    return max(first.values())


async def _longest_pause(kafka: str, after_ms: int) -> int:
    """The longest time in ms between two appends of decisions to one partition, from a moment until now."""
    last = dict.fromkeys(range(PARTITIONS), after_ms)
    longest = 0
    async with group_less_reader(kafka) as reader:
        await _seek(reader, after_ms)
        stops = await ends(reader, EVENTS)
        while any([await reader.position(place) < stops[place.partition] for place in reader.assignment()]):
            for number, decided in (await _decided(reader)).items():
                for at in decided:
                    longest = max(longest, at - last[number])
                    last[number] = at
    return longest


async def _seek(reader: AIOKafkaConsumer, after_ms: int) -> None:
    """To the first record of each partition that was appended then or later."""
    starts = await reader.offsets_for_times({TopicPartition(EVENTS, number): after_ms for number in range(PARTITIONS)})
    reader.assign(list(starts))
    at_end: Mapping[int, int] = await ends(reader, EVENTS)
    for place, found in starts.items():
        reader.seek(place, at_end[place.partition] if found is None else found.offset)


async def _decided(reader: AIOKafkaConsumer) -> dict[int, list[int]]:
    """By partition, the append times of the decisions that came next: claims are none."""
    return {
        place.partition: [each.timestamp for each in records if type(decode_log(each.value)) is EventRecord]
        for place, records in (await reader.getmany(timeout_ms=100)).items()
    }
