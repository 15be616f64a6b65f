"""What a decider shows of itself under /metrics."""

from collections import Counter as Tally
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from contracts.events import EVENTS, Event
from write_side.domain.partition import Decision

DECISIONS = Counter("seatlog_decisions_total", "Events appended to the log and confirmed, by type", ["type"])
BATCH_EVENTS = Histogram(
    "seatlog_batch_events", "Events in one append", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
)
APPEND_SECONDS = Histogram(
    "seatlog_append_seconds",
    "From handing a batch to the producer until it is confirmed and settled",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
CLAIMS = Counter("seatlog_claims_total", "Claims that this worker appended")
LAG_RECORDS = Gauge("seatlog_decider_lag_records", "Command records without their events", ["partition"])
OWNED = Gauge("seatlog_owned_partitions", "Partitions that this worker decides for")
VOID_RECORDS = Gauge("seatlog_void_records", "Void records folded since this worker took the state up", ["partition"])
HALTED = Gauge("seatlog_halted_partitions", "1 for a partition that a log fault halted", ["partition"])
HELD_BACK = Counter("seatlog_held_back_seconds_total", "Seconds for which the throttle held commands back")
REBALANCES = Counter("seatlog_rebalances_total", "Changes of the assignment that this worker went through")


_NAMES = {kind: name for name, (kind, _) in EVENTS.items()}


def appended(decisions: Iterable[Decision], seconds: float) -> None:
    """Count one confirmed batch."""
    tally = Tally(type(decision.event) for decision in decisions)
    for kind, count in tally.items():
        _by_type(kind).inc(count)
    BATCH_EVENTS.observe(tally.total())
    APPEND_SECONDS.observe(seconds)


@cache
def _by_type(kind: type[Event]) -> Counter:
    return DECISIONS.labels(_NAMES[kind])


def void_records(partition: int, count: int) -> None:
    """Show how many void records the fold has passed over."""
    VOID_RECORDS.labels(partition).set(count)


def halted(partition: int, is_halted: bool) -> None:
    """Show whether a partition is halted."""
    HALTED.labels(partition).set(is_halted)


def lost(partition: int) -> None:
    """Stop showing what only the owner of a partition knows."""
    LAG_RECORDS.remove_by_labels({"partition": str(partition)})


def forget(partition: int) -> None:
    """Stop showing a partition that is another worker's now."""
    for gauge in (LAG_RECORDS, VOID_RECORDS, HALTED):
        gauge.remove_by_labels({"partition": str(partition)})
