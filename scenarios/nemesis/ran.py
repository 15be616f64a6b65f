"""What is known of a run once it is over: what was asked, what the logs hold, what the read models show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from scenarios.checkers.document_shapes import ReadModels
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import RecordedLog, read_log
from scenarios.exchanges import Exchange
from scenarios.history import History
from scenarios.nemesis.decided import Decided, decided_commands
from scenarios.nemesis.probing import Probe


class Replayed(NamedTuple):
    """What the replay tool said: sentences for faults, and the SHA-256 of all that it printed, twice over."""

    faults: tuple[str, ...]
    first: str
    second: str


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run. Times are seconds since 1970 but in `exchanges` and `history`, which are monotonic: add `clock`.

    `unsettled` says what had not come to rest in time, a sentence each; `memory` is the largest resident set of each
    process in bytes.
    """

    history: History
    exchanges: Sequence[Exchange]
    read_models: ReadModels
    replayed: Replayed
    probes: Sequence[Probe]
    counts: Mapping[str, int]
    figures: Mapping[str, float]
    told: Sequence[str]
    unsettled: Sequence[str]
    memory: Mapping[str, int]
    clock: float
    began: float
    ended: float
    over: float

    @cached_property
    def log(self) -> RecordedLog:
        """The events as the checkers read them."""
        return read_log(self.history.events)

    @cached_property
    def commands(self) -> Sequence[Decided]:
        """Every recorded command in the order of its append."""
        return decided_commands(self.history, self.log)


Judge = Callable[[Ran], list[Finding]]
