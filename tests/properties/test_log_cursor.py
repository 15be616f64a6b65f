"""Which records of a log are valid, judged by a reader of whole logs that keeps every list and no cursor."""

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from contracts.event_log import LogCursor, LogFault
from contracts.records import EventRecord, LogRecord, PartitionClaim, Source
from tests.search_depth import assert_notices, searched

VALID, VOID, CLAIM, FAULT = "valid", "void", "claim", "fault"
Log = list[LogRecord]
Reader = Callable[[Log], list[str]]


def claim() -> PartitionClaim:
    return PartitionClaim(owner="w", generation=1, rules="1")


def event(claim: int, source: Source) -> EventRecord:
    return EventRecord(
        schema=1,
        show_id="hamlet",
        version=1,
        type="command-failed",
        data=Raw(b"{}"),
        command_id="x",
        digest="",
        source=source,
        claim=claim,
        time=0,
        prev="",
    )


def by_the_rules(log: Log) -> list[str]:
    """PROTOCOL's rule 3, said without a cursor: look back over the whole log for every record."""
    verdicts: list[str] = []
    for offset, record in enumerate(log):
        before = list(zip(log[:offset], verdicts, strict=True))
        if isinstance(record, PartitionClaim):
            verdicts.append(CLAIM)
            continue
        if record.claim >= offset:
            return [*verdicts, FAULT]
        claims = [at for at, (_, verdict) in enumerate(before) if verdict == CLAIM]
        if not claims or record.claim != claims[-1]:
            verdicts.append(VOID)
            continue
        answered = [one.source for one, verdict in before if verdict == VALID]
        wanted = _wanted(answered)
        if record.source[:2] > wanted:
            return [*verdicts, FAULT]
        verdicts.append(VALID if record.source[:2] == wanted else VOID)
    return verdicts


def _wanted(answered: Sequence[Source]) -> tuple[int, int]:
    if not answered:
        return (0, 0)
    offset, index, count = max(answered)
    return (offset + 1, 0) if index + 1 >= count else (offset, index + 1)


def by_cursor(log: Log, cursor: LogCursor | None = None) -> list[str]:
    """The same log through a cursor, from wherever that stands."""
    cursor = cursor or LogCursor(0)
    start = cursor.offset + 1
    verdicts: list[str] = []
    for offset, record in enumerate(log[start:], start):
        try:
            taken = cursor.accept(offset, record)
        except LogFault:
            assert cursor.offset == offset - 1, "after a fault the cursor stays where it was"
            return [*verdicts, FAULT]
        verdicts.append(VALID if taken else CLAIM if isinstance(record, PartitionClaim) else VOID)
    assert (cursor.valid, cursor.void) == (verdicts.count(VALID), verdicts.count(VOID))
    return verdicts


class Worker:
    """A worker that writes on, whatever the others do: it folded the log up to its claim and saw nothing since."""

    def __init__(self, log: Log, answered: Sequence[Source]) -> None:
        self.claim = len(log)
        self.at = _wanted(answered)
        log.append(claim())

    def write(self, log: Log, counts: Sequence[int]) -> None:
        offset, index = self.at
        source = (offset, index, counts[offset])
        log.append(event(self.claim, source))
        self.at = _wanted([source])


def honest_log(seed: int, steps: int) -> Log:
    """Workers take the partition from each other, write on as zombies, and send batches twice."""
    chance = Random(seed)
    counts = [chance.randint(1, 3) for _ in range(steps + 1)]
    log: Log = []
    workers = [Worker(log, [])]
    for _ in range(steps):
        kind = chance.randrange(10)
        if kind == 0:
            verdicts = by_the_rules(log)
            workers.append(Worker(log, [one.source for one, v in zip(log, verdicts, strict=True) if v == VALID]))
        elif kind == 1 and isinstance(log[-1], EventRecord):
            log.append(log[chance.randrange(len(log))] if chance.random() < 0.5 else log[-1])
        else:
            chance.choice([workers[-1], workers[-1], *workers]).write(log, counts)
    return log


def wild_log(seed: int, steps: int) -> Log:
    """An honest log with anything at all among it."""
    chance = Random(seed)
    log = honest_log(seed, steps)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(log))
        wild = event(chance.randint(-1, len(log)), (chance.randint(0, 5), chance.randint(0, 2), chance.randint(1, 3)))
        log[at : at + chance.randint(0, 1)] = [wild]
    return log


SEEDS, LENGTHS = st.integers(0, 2**32), st.integers(0, 40)
HONEST = st.builds(honest_log, SEEDS, LENGTHS)
LOGS = st.one_of(HONEST, st.builds(wild_log, SEEDS, LENGTHS))


def check_verdicts(log: Log, reader: Reader = by_cursor) -> None:
    """The cursor says what the rules say."""
    assert reader(log) == by_the_rules(log)


def check_accepted_for_ever(log: Log, reader: Reader = by_cursor) -> None:
    """What is said of a record does not change by what comes after it."""
    whole = reader(log)
    for end in range(len(log)):
        assert reader(log[:end]) == whole[:end]


def check_start_at_claim(log: Log, start: Callable[[int, int], LogCursor] = LogCursor.at_claim) -> None:
    """A reader that begins at a claim judges as one that read all, once it has met an event that names the claim."""
    whole = by_cursor(log)
    for at in [at for at, verdict in enumerate(whole) if verdict == CLAIM]:
        later = by_cursor(log, start(0, at))
        first = next((n for n, verdict in enumerate(later) if verdict in (VALID, FAULT)), len(later))
        assert later[: first + 1] == whole[at : at + first + 1]
        assert later == whole[at:]


@searched(400)
@given(LOGS)
def test_the_cursor_judges_by_the_rules(log):
    check_verdicts(log)


@searched(100)
@given(LOGS)
def test_accepted_once_is_accepted_for_ever(log):
    check_accepted_for_ever(log)


@searched(300)
@given(HONEST)
def test_reading_may_begin_at_any_claim(log):
    assert FAULT not in by_the_rules(log)
    check_start_at_claim(log)


def test_a_gap_in_the_offsets_is_a_fault():
    cursor = LogCursor(3)
    cursor.accept(0, claim())
    for offset in (0, 2):
        with pytest.raises(LogFault, match=f"log fault in partition 3 at offset {offset}: offset 1 was expected"):
            cursor.accept(offset, claim())
    assert cursor.accept(1, event(0, (0, 0, 1)))


def test_nothing_is_valid_before_the_first_claim():
    assert by_cursor([event(-1, (0, 0, 1)), claim(), event(1, (0, 0, 1))]) == [VOID, CLAIM, VALID]


def test_a_zombies_records_are_void_and_its_commands_decided_again():
    log = [claim(), event(0, (0, 0, 1)), claim(), event(0, (1, 0, 1)), event(2, (1, 0, 1)), event(0, (2, 0, 1))]
    assert by_cursor(log) == [CLAIM, VALID, CLAIM, VOID, VALID, VOID]


class Careless(LogCursor):
    """A cursor that does as it is told by its subclasses before it judges."""

    def accept(self, offset, record):
        if isinstance(record, EventRecord):
            self.neglect(record)
        return super().accept(offset, record)


class IgnoresClaims(Careless):
    def neglect(self, record):
        self.claim = record.claim


class IgnoresRepeats(Careless):
    def neglect(self, record):
        if self.next_command is not None and record.source[:2] < self.next_command:
            self.next_command = record.source[:2]


class IgnoresGaps(Careless):
    def neglect(self, record):
        if self.next_command is not None and record.source[:2] > self.next_command:
            self.next_command = record.source[:2]


class TestPlantedFaults:
    """Each check notices the fault that it is there for."""

    @pytest.mark.parametrize("cursor", [IgnoresClaims, IgnoresRepeats, IgnoresGaps])
    def test_a_cursor_that_ignores_a_rule(self, cursor):
        assert_notices(lambda log: check_verdicts(log, lambda log: by_cursor(log, cursor(0))), LOGS)

    def test_a_cursor_that_looks_ahead(self):
        assert_notices(lambda log: check_accepted_for_ever(log, lambda log: by_cursor(log)[::-1]), LOGS)

    def test_a_cursor_that_begins_with_the_first_event_it_meets(self):
        def at_any_event(partition, offset):
            return IgnoresClaims(partition, offset=offset - 1, next_command=None)

        assert_notices(lambda log: check_start_at_claim(log, at_any_event), HONEST)
