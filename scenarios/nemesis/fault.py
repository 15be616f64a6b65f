"""What a fault is: what it needs, what it does while buyers buy, and what must be seen for it to count as met."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from scenarios.nemesis.judging import judge_everything
from scenarios.nemesis.load import PATIENCE_SECONDS
from scenarios.nemesis.ran import Judge
from scenarios.nemesis.scene import Scene
from scenarios.sale_site import NEEDED
from scenarios.stack.supervision import Restarts

QUICK_RESTARTS: Final = Restarts(first=0.2, longest=0.2, hangs_after=120.0)
"""A nemesis kills more often than a fault of the product would; its supervisor does not lose heart. What
is stopped on purpose is not killed for it."""


@dataclass(frozen=True, kw_only=True)
class Extra:
    """One more process of a kind. `module` runs instead of the product's own: a wrapper that plants delays in it."""

    kind: str
    name: str
    module: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


ANOTHER_API: Final = Extra(kind="command-api", name="command-api-2")
WITHOUT_DECIDER: Final = tuple(name for name in NEEDED if name != "decider")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The stack that a fault needs, beside Kafka and MongoDB.

    `services` start together, then the `extra` ones in their order; `environment` goes to all of them.
    """

    services: tuple[str, ...] = NEEDED
    extra: tuple[Extra, ...] = (ANOTHER_API,)
    environment: Mapping[str, str] = field(default_factory=dict)
    supervised: bool = True
    partitions: int = 3
    brokers: int = 1


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row of the table of faults.

    `inject` blocks in a thread of its own while the load runs; it raises NemesisFailed when it cannot do its work.
    `evidence` names the counts that must be above zero in every run, or the fault has not bitten; `at_least` has those
    of them that must be higher. `judge` says what is wrong afterwards; `settles` is whether every command must have its
    event by then. `copies` is how often each request is sent. `seconds` (how long the fault lasts) and
    `commands_per_second` are its own, for a run that does not say otherwise. `patience_seconds` is how long buyers ask
    for the truth: less where there will be none.
    """

    name: str
    row: int
    what: str
    inject: Callable[[Scene], None]
    evidence: tuple[str, ...]
    at_least: Mapping[str, int] = field(default_factory=dict)
    wishes: Wishes = Wishes()
    seconds: float = 20.0
    commands_per_second: float = 150.0
    copies: int = 1
    judge: Judge = judge_everything
    settles: bool = True
    patience_seconds: float = PATIENCE_SECONDS
