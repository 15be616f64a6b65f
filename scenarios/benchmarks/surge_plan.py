"""A load in phases, each at its own pace whatever the server does, and what came of it second by second."""

from math import isinf

import msgspec

from contracts.limits import WAIT_SECONDS_DEFAULT
from scenarios.benchmarks.load_plan import LoadPlan
from scenarios.benchmarks.rows import percentile

DECIDED = ("201", "409")
"""Statuses by which a hold was decided."""
REFUSED = "503"


class Phase(msgspec.Struct, frozen=True):
    """So many seconds at so many requests a second."""

    seconds: int
    a_second: float


class SurgePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a surge generator is told. Of `load` it takes what is asked for, by whom and how; `phases` say when.

    It writes what it was told into `folder`, as a history has it.
    """

    load: LoadPlan
    phases: tuple[Phase, ...]
    folder: str


class Second(msgspec.Struct, kw_only=True):
    """What came of the requests that were wanted in one second. `waits` in seconds, of those decided, from when they
    were wanted; `unsent` found no free connection."""

    wanted: int = 0
    unsent: int = 0
    answers: dict[str, int] = msgspec.field(default_factory=dict)
    waits: list[float] = msgspec.field(default_factory=list)

    @property
    def decided_in_time(self) -> int:
        """Decided before the wait was over that callers have by default, counted from when they wanted to ask."""
        return sum(wait <= WAIT_SECONDS_DEFAULT for wait in self.waits)

    @property
    def p99_ms(self) -> float:
        """Of the decided ones; infinite without any."""
        return percentile(self.waits, 0.99) * 1000 if self.waits else float("inf")

    def normal(self, p99_ms: float) -> bool:
        """Whether everybody was decided, and no slower than this."""
        decided = sum(self.answers.get(status, 0) for status in DECIDED)
        return decided == self.wanted and self.p99_ms <= p99_ms


class SurgeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All seconds in order. `began` is monotonic, which is one clock for all processes of a machine. `decided_at`
    counts the decided answers by the second in which they came."""

    began: float
    seconds: list[Second]
    decided_at: list[int]
    cpu_seconds: float


def seconds_until_normal(seconds: list[Second], p99_ms: float, lasting: int) -> float:
    """How many seconds pass until so many in a row are normal; more than there are if that does not come."""
    for first in range(len(seconds) - lasting + 1):
        if all(second.normal(p99_ms) for second in seconds[first : first + lasting]):
            return first
    return len(seconds) + 1


def normal_p99_ms(seconds: list[Second]) -> float:
    """The slowest of these seconds. Raises ValueError if one of them had nothing decided."""
    slowest = max(second.p99_ms for second in seconds)
    if isinf(slowest):
        raise ValueError("nothing was decided at a normal load")
    return slowest
