"""Which mutant is run under which fault on real processes, and who must find it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from scenarios.faults import FAULTS
from scenarios.nemesis import forgetful_decider, slow_decider
from scenarios.nemesis.deciders import wait_it_out
from scenarios.nemesis.fault import ANOTHER_API, WITHOUT_DECIDER, Extra, Fault
from tests.mutants import mutations
from tests.mutants.forgetting_seats import forgets_seats
from tests.simulation import mutants as simulated

WRAPPER: Final = "tests.mutants.process"
NAME: Final = "NEMESIS_MUTANT"
"""The variable that tells the wrapper which mutant it is."""
PATIENCE_SECONDS: Final = 40.0
"""Of buyers whom a mutant may never answer."""

Mutation = Callable[[pytest.MonkeyPatch], None]


def _nothing() -> None:
    """No delays but those of the world."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """`mutate` is what is wrong with the process, `nemesis` what makes it show; one of `caught_by` must be violated."""

    mutate: Mutation
    fault: Fault
    caught_by: frozenset[str]
    nemesis: Callable[[], None] = _nothing


CALM: Final = Fault(
    name="calm", row=1, what="nothing is broken", inject=wait_it_out, evidence=("said_again",), seconds=8.0
)


def _met(fault: Fault, name: str, seconds: float, *deciders: str) -> Fault:
    """The fault, with mutants in the place of its deciders."""
    extra = tuple(
        Extra(kind="decider", name=each, module=WRAPPER, environment={NAME: name}) for each in deciders or ("decider",)
    )
    wishes = replace(fault.wishes, services=WITHOUT_DECIDER, extra=(*extra, ANOTHER_API))
    return replace(fault, wishes=wishes, seconds=seconds, patience_seconds=PATIENCE_SECONDS)


_LOG: Final = frozenset({"log", "replay", "I3", "I4", "I11"})

MUTANTS: Final[dict[str, Mutant]] = {
    "forgets_commands": Mutant(
        mutate=simulated.no_memory_of_commands,
        fault=_met(CALM, "forgets_commands", 6.0),
        caught_by=frozenset({"I3", "I4"}),
    ),
    "wall_clock": Mutant(mutate=mutations.wall_clock, fault=_met(CALM, "wall_clock", 6.0), caught_by=frozenset({"I4"})),
    "forgets_seats": Mutant(
        mutate=forgets_seats,
        fault=_met(FAULTS["kill-decider"], "forgets_seats", 8.0),
        caught_by=frozenset({"I1", "I4"}),
    ),
    "no_claim": Mutant(
        mutate=simulated.no_claim,
        fault=_met(FAULTS["pause-decider"], "no_claim", 30.0, "decider", "decider-2"),
        caught_by=_LOG,
        nemesis=slow_decider.be_slow,
    ),
    "no_contiguity_check": Mutant(
        mutate=mutations.no_contiguity_check,
        fault=_met(FAULTS["late-claim"], "no_contiguity_check", 5.0),
        caught_by=_LOG,
        nemesis=slow_decider.be_slow,
    ),
    "no_undo_on_rebalance": Mutant(
        mutate=simulated.no_undo_on_rebalance,
        fault=_met(FAULTS["rebalance-in-flight"], "no_undo_on_rebalance", 20.0),
        caught_by=_LOG,
        nemesis=slow_decider.be_slow,
    ),
    "no_command_contiguity": Mutant(
        mutate=simulated.no_command_contiguity,
        fault=_met(FAULTS["lose-commands"], "no_command_contiguity", 15.0),
        caught_by=_LOG,
        nemesis=forgetful_decider.lose,
    ),
    "send_not_awaited": Mutant(
        mutate=mutations.send_not_awaited,
        fault=_met(FAULTS["pause-decider"], "send_not_awaited", 40.0, "decider", "decider-2"),
        caught_by=_LOG,
        nemesis=slow_decider.be_slow,
    ),
}
