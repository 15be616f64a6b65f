"""What a load generator is told to do, and what it found."""

from enum import StrEnum

import msgspec

MEASURING = b"measuring\n"
MEASURED = b"measured\n"
"""Lines that a load generator prints when its window opens and closes, so that others measure the same seconds."""


class Shape(StrEnum):
    """What is asked for: each seat once; compact maps; seats over and over, released or lapsed in between; the same
    holds again; or taken seats."""

    HOLDS = "holds"
    MAPS = "maps"
    CHURN = "churn"
    REPEATS = "repeats"
    REFUSALS = "refusals"


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A load on some shows.

    `a_second` requests come at an even pace whatever the server does (open loop), or, when it is None, each connection
    asks again as soon as it is answered (closed loop). `most` requests at most are sent. `at_once` shows are asked for
    in turn until they are sold, then the next; None: all of them.
    """

    url: str
    token_secret: str
    shows: tuple[str, ...]
    at_once: int | None = None
    shape: Shape = Shape.HOLDS
    connections: int = 512
    a_second: float | None = None
    warm_up_seconds: float
    measured_seconds: float
    most: int | None = None
    seed: int = 1


class LoadFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of the measured window: answers by status ("0": none), latencies in milliseconds, the generator's own CPU.

    Open-loop latencies count from when a request was to be sent. `unexpected` are examples of answers that were not
    the plan's; `sent` counts the warm-up too, and `unsent` what an open loop could not send, as too much waited for a
    connection. `last_answer_at` in seconds since 1970.
    """

    answers: dict[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    cpu_seconds: float
    sent: int
    unsent: int
    unexpected: tuple[str, ...]
    last_answer_at: float

    @property
    def a_second(self) -> float:
        """Answers a second, of any status."""
        return sum(self.answers.values()) / self.seconds
