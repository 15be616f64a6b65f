"""Which mutant is run under which fault on real processes, and who must find it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from scenarios.checkers.expiries import check_expiries
from scenarios.checkers.findings import Finding
from scenarios.faults import FAULTS
from scenarios.nemesis import forgetful_decider, slow_decider
from scenarios.nemesis.clocks import by_the_decider, early_lapses
from scenarios.nemesis.deciders import wait_it_out
from scenarios.nemesis.fault import ANOTHER_API, Extra, Fault
from scenarios.nemesis.judging import judge_everything
from scenarios.nemesis.ran import Ran
from scenarios.sale_site import NEEDED
from tests.mutants import mutations, nemeses
from tests.mutants.forgetting_seats import forgets_seats
from tests.mutants.late_claim import claim_late_and_die
from tests.mutants.reused_keys import reuse_keys
from tests.simulation import mutants as simulated
from tests.simulation import mutants_of_readers as simulated_readers

WRAPPER: Final = "tests.mutants.process"
NAME: Final = "NEMESIS_MUTANT"
"""The variable that tells the wrapper which mutant it is."""
UNMUTATED: Final = "NEMESIS_UNMUTATED"
"""The variable that tells the wrapper to leave the fault out."""
PATIENCE_SECONDS: Final = 40.0
"""Of buyers whom a mutant may never answer."""
EARLY_MS_MOST: Final = 1_000
"""So much too early the end of a hold may be asked for, where no clock is wrong."""

Mutation = Callable[[pytest.MonkeyPatch], None]


def _nothing() -> None:
    """No delays but those of the world."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """`mutate` is what is wrong with the process, `nemesis` what makes it show; everything in `caught_by` must be
    violated, and a finding must say `says`. Where chance decides what harm is done, `or_by` is what else may be."""

    mutate: Mutation
    fault: Fault
    caught_by: frozenset[str]
    or_by: frozenset[str] | None = None
    says: str = ""
    kind: str = "decider"
    nemesis: Callable[[], None] = _nothing


def judge_lapses(ran: Ran) -> list[Finding]:
    """That nobody's hold ends early, and nobody asks for it; and everything else."""
    asked_early = check_expiries(ran.log, EARLY_MS_MOST)
    return [*early_lapses(ran, by_the_decider), *asked_early, *judge_everything(ran)]


CALM: Final = Fault(
    name="calm", row=1, what="nothing is broken", inject=wait_it_out, evidence=("said_again",), seconds=8.0
)
LAPSES: Final = replace(CALM, name="lapses", what="nothing is broken, and holds lapse", judge=judge_lapses)
REUSED_KEYS: Final = replace(
    CALM, name="reused-keys", what="keys are used for other requests", inject=reuse_keys, evidence=("keys_reused",)
)
LATE_CLAIM: Final = replace(FAULTS["late-claim"], inject=claim_late_and_die)
TWO_PROJECTORS: Final = replace(CALM, name="two-projectors", what="two projectors, one of which writes late")


def _met(fault: Fault, name: str, seconds: float, *processes: str, kind: str = "decider") -> Fault:
    """The fault, with mutants in the place of processes of this kind, or beside them."""
    names = processes or (kind,)
    extra = tuple(Extra(kind=kind, name=each, module=WRAPPER, environment={NAME: name}) for each in names)
    others = () if ANOTHER_API.name in names else (ANOTHER_API,)
    services = tuple(each for each in NEEDED if each not in names)
    wishes = replace(fault.wishes, services=services, extra=(*extra, *others))
    return replace(fault, wishes=wishes, seconds=seconds, patience_seconds=PATIENCE_SECONDS)


def unmutated(mutant: Mutant) -> Mutant:
    """The same recipe without the fault in the code: nobody may find anything."""
    wishes = mutant.fault.wishes
    extra = tuple(
        replace(each, environment={**each.environment, UNMUTATED: "1"}) if each.module == WRAPPER else each
        for each in wishes.extra
    )
    return replace(mutant, fault=replace(mutant.fault, wishes=replace(wishes, extra=extra)))


_APIS: Final = ("command-api", ANOTHER_API.name)

MUTANTS: Final[dict[str, Mutant]] = {
    "forgets_commands": Mutant(
        mutate=simulated.no_memory_of_commands,
        fault=_met(CALM, "forgets_commands", 6.0),
        caught_by=frozenset({"I4"}),
    ),
    "seat_keyed_deduplication": Mutant(
        mutate=simulated.seat_keyed_deduplication,
        fault=_met(CALM, "seat_keyed_deduplication", 6.0),
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
        caught_by=frozenset({"log", "I3", "replay"}),
        or_by=frozenset({"I11", "unanswered"}),
        nemesis=nemeses.be_slow_and_claim_often,
    ),
    "no_contiguity_check": Mutant(
        mutate=mutations.no_contiguity_check,
        fault=_met(LATE_CLAIM, "no_contiguity_check", 10.0),
        caught_by=frozenset({"log", "I3"}),
        nemesis=nemeses.claim_often,
    ),
    "no_undo_on_rebalance": Mutant(
        mutate=simulated.no_undo_on_rebalance,
        fault=_met(FAULTS["rebalance-in-flight"], "no_undo_on_rebalance", 20.0),
        caught_by=frozenset({"log", "I3", "replay"}),
        nemesis=slow_decider.be_slow,
    ),
    "no_command_contiguity": Mutant(
        mutate=simulated.no_command_contiguity,
        fault=_met(FAULTS["lose-commands"], "no_command_contiguity", 15.0),
        caught_by=frozenset({"log", "I3", "I4", "replay"}),
        nemesis=forgetful_decider.lose,
    ),
    "send_not_awaited": Mutant(
        mutate=mutations.send_not_awaited,
        fault=_met(FAULTS["kill-broker"], "send_not_awaited", 20.0),
        caught_by=frozenset({"I3"}),
        nemesis=nemeses.lose_patience,
    ),
    "acknowledge_before_append": Mutant(
        mutate=mutations.acknowledge_before_append,
        fault=_met(FAULTS["kill-decider"], "acknowledge_before_append", 5.0),
        caught_by=frozenset({"I3"}),
        nemesis=slow_decider.be_slow,
    ),
    "expiry_asks_by_its_own_clock": Mutant(
        mutate=mutations.expiry_asks_by_its_own_clock,
        fault=_met(LAPSES, "expiry_asks_by_its_own_clock", 35.0),
        caught_by=frozenset({"expiry"}),
    ),
    "expiry_trusts_its_own_clock": Mutant(
        mutate=mutations.expiry_trusts_its_own_clock,
        fault=_met(LAPSES, "expiry_trusts_its_own_clock", 8.0),
        caught_by=frozenset({"I9"}),
        says="early",
    ),
    "hoards_commands": Mutant(
        mutate=mutations.hoards_commands, fault=_met(CALM, "hoards_commands", 8.0), caught_by=frozenset({"I12"})
    ),
    "refuse_from_memory": Mutant(
        kind="command-api",
        mutate=simulated_readers.refuse_from_memory,
        fault=_met(CALM, "refuse_from_memory", 8.0, *_APIS, kind="command-api"),
        caught_by=frozenset({"answers", "I5"}),
    ),
    "answer_by_command_id": Mutant(
        kind="command-api",
        mutate=simulated_readers.waiters_matched_by_command_id,
        fault=_met(REUSED_KEYS, "answer_by_command_id", 6.0, *_APIS, kind="command-api"),
        caught_by=frozenset({"answers"}),
    ),
    "answer_before_append": Mutant(
        kind="command-api",
        mutate=simulated_readers.answer_before_append,
        fault=_met(FAULTS["kill-decider"], "answer_before_append", 6.0, *_APIS, kind="command-api"),
        caught_by=frozenset({"answers"}),
        says="(I2)",
    ),
    "no_version_guard": Mutant(
        kind="projector",
        mutate=simulated_readers.no_version_guard,
        fault=_met(TWO_PROJECTORS, "no_version_guard", 15.0, "projector-2", kind="projector"),
        caught_by=frozenset({"I6"}),
        nemesis=nemeses.write_late,
    ),
}
