"""What a fault has at hand while the load runs: the stack, the clock, and where to write what it did."""

import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scenarios.exchanges import Exchange
from scenarios.sale_site import SaleSite, site_of
from scenarios.shown_metrics import ShownMetrics
from scenarios.stack.stack import Stack

LOOK_SECONDS: Final = 0.05
ANSWER_SECONDS: Final = 5.0
MARKS: Final = "NEMESIS_MARKS"
"""The variable by which a wrapped process learns of the file for its marks."""


class NemesisFailed(Exception):
    """A fault could not be injected, so the run says nothing; the message is one sentence."""


class Scene:
    """`counts` is the evidence. `began` and `ended` (seconds since 1970) are the fault's window."""

    def __init__(self, stack: Stack, seconds: float, shows: tuple[str, ...], partitions: int, marks: Path) -> None:
        self.stack = stack
        self.partitions = partitions
        self.seconds = seconds
        self.shows = shows
        self.counts: Counter[str] = Counter()
        self.figures: dict[str, float] = {}
        """What only the fault could measure, in seconds."""
        self.exchanges: list[Exchange] = []
        """What others than the steady load asked and were answered."""
        self.findings: list[str] = []
        """What the fault itself found wrong, a sentence each that begins with the invariant."""
        self.began = time.time()
        self.ended: float | None = None
        self._marks = marks
        self._deadline = time.monotonic() + seconds

    @property
    def site(self) -> SaleSite:
        """The addresses of the stack."""
        return site_of(self.stack)

    @property
    def goes_on(self) -> bool:
        """Whether the time that this fault is to last is not over."""
        return time.monotonic() < self._deadline

    def note(self, what: str, times: int = 1) -> None:
        """Count something as evidence."""
        self.counts[what] += times

    def begins(self) -> None:
        """The harm begins now, and lasts as long as it is to last."""
        self.began = time.time()
        self._deadline = time.monotonic() + self.seconds

    def over(self) -> None:
        """The last harm was done now; what is measured as recovery begins here."""
        self.ended = time.time()

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let the load run on."""
        time.sleep(seconds)

    def until(self, what: str, holds: Callable[[], bool], within: float) -> None:
        """Wait for a condition. Raises NemesisFailed."""
        deadline = time.monotonic() + within
        while not holds():
            if time.monotonic() > deadline:
                raise NemesisFailed(f"Not within {within:.0f} s: {what}.")
            time.sleep(LOOK_SECONDS)

    def metric(self, name: str, service: str) -> float | None:
        """The sum of a metric of one process over its labels; None if it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.stack.url(service)}/metrics", timeout=ANSWER_SECONDS) as answer:
                return ShownMetrics(answer.read().decode()).total(name)
        except OSError:
            return None

    def marked(self, what: str, pid: int | None = None) -> int:
        """How many marks of this name the wrapped processes have left, or this one of them."""
        return sum(name == what and pid in (None, by) for name, by in self._left())

    def marks(self) -> Counter[str]:
        """All marks by name."""
        return Counter(name for name, _ in self._left())

    def _left(self) -> list[tuple[str, int]]:
        if not self._marks.exists():
            return []
        lines = self._marks.read_text(encoding="utf-8").splitlines()
        return [(name, int(pid)) for name, pid in map(str.split, lines)]
