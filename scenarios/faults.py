"""The table of faults: each is injected into real processes by `python -m scenarios resilience --fault NAME`."""

from collections.abc import Mapping
from typing import Final

from scenarios.nemesis import crowds, deciders, poison, servers
from scenarios.nemesis.fault import ANOTHER_API, WITHOUT_DECIDER, Extra, Fault, Wishes
from scenarios.nemesis.forgetful_decider import (
    DELIVERED_AGAIN,
    DELIVERY,
    DROPPED,
    LOSES,
    REPEATS,
    RESEEKS,
)
from scenarios.nemesis.ground import GROUND
from scenarios.nemesis.late_claimer import HELD_BACK
from scenarios.nemesis.slow_decider import TAKEN_BACK
from scenarios.nemesis.striking_decider import PLAN


def _wrapped(module: str, *names: str, **environment: str) -> Wishes:
    """Deciders of these names that are wrapped by a module of the nemesis, instead of the plain one."""
    deciders = tuple(
        Extra(kind="decider", name=name, module=f"scenarios.nemesis.{module}", environment=environment)
        for name in names
    )
    return Wishes(services=WITHOUT_DECIDER, extra=(*deciders, ANOTHER_API))


_DECIDERS: Final = (
    Fault(
        name="none",
        row=1,
        what="nothing is broken: 10,000 buyers for 100 seats come on top",
        inject=crowds.flash_sale,
        evidence=("buyers_of_the_flash_sale",),
        judge=crowds.judge_flash_sale,
    ),
    Fault(
        name="kill-decider",
        row=2,
        what="kill -9 the only decider every 2 s, or as soon as it has decided something",
        inject=deciders.kill_again_and_again,
        evidence=("kills", "lives_that_decided", "claims"),
        seconds=60.0,
    ),
    Fault(
        name="die-at-each-step",
        row=3,
        what="the decider dies before it sends a batch, when it has sent it, when it is confirmed, before it commits; "
        "each by kill -9 and by an exception",
        inject=deciders.strike_at_each_step,
        evidence=tuple(strike.name for strike in PLAN),
        wishes=_wrapped("striking_decider", "decider"),
    ),
    Fault(
        name="pause-decider",
        row=4,
        what="SIGSTOP the owner for twice its session, with a batch under way, and let it go on",
        inject=deciders.pause_owners,
        evidence=("pauses", "void_records"),
        wishes=_wrapped("slow_decider", "decider", "decider-2"),
        seconds=45.0,
    ),
    Fault(
        name="late-claim",
        row=5,
        what="a joining decider is stopped in the moment before its claim, which lands when another has claimed since",
        inject=deciders.claim_late,
        evidence=(HELD_BACK, "late_claims"),
        seconds=30.0,
    ),
    Fault(
        name="rebalance-in-flight",
        row=6,
        what="a decider comes and goes while batches are under way",
        inject=deciders.rebalance_in_flight,
        evidence=("joins", TAKEN_BACK),
        wishes=_wrapped("slow_decider", "decider"),
        seconds=30.0,
    ),
    Fault(
        name="come-and-go",
        row=7,
        what="from one decider to three and back, until there were 50 rebalances",
        inject=deciders.come_and_go,
        evidence=("to_three", "to_one", "rebalances"),
        at_least={"rebalances": deciders.REBALANCES},
        wishes=Wishes(environment=deciders.SHORT_SESSION),
        seconds=600.0,
    ),
    Fault(
        name="lose-commands",
        row=8,
        what="records get lost between a decider's consumer and its agent",
        inject=deciders.wait_it_out,
        evidence=(DROPPED, RESEEKS),
        wishes=_wrapped("forgetful_decider", "decider", **{DELIVERY: LOSES}),
        seconds=30.0,
    ),
)
_OTHERS: Final = (
    Fault(
        name="kill-broker",
        row=9,
        what="kill -9 the only broker, which starts again on its data",
        inject=servers.kill_broker,
        evidence=("broker_kills",),
    ),
    Fault(
        name="kill-mongod",
        row=11,
        what="kill -9 mongod for 3 s, then the projector",
        inject=servers.kill_mongod,
        evidence=("mongod_kills", "projector_kills", "decided_meanwhile"),
    ),
    Fault(
        name="kill-command-api",
        row=12,
        what="kill -9 the command APIs in turn; buyers say it again to the other, under the same key",
        inject=servers.kill_command_apis,
        evidence=("api_kills", "asked_another_node"),
    ),
    Fault(
        name="five-times",
        row=13,
        what="every request is sent five times to any node, also after the buyer's next one, and every batch reaches "
        "the decider five times",
        inject=deciders.wait_it_out,
        evidence=("copies_sent", "copies_after_the_next", "repeats_in_the_log", DELIVERED_AGAIN),
        wishes=_wrapped("forgetful_decider", "decider", **{DELIVERY: REPEATS}),
        copies=5,
    ),
    Fault(
        name="poison",
        row=14,
        what="no JSON, wrong encoding, deep nesting, oversize, and one bad command among 63 good, mixed in",
        inject=poison.poison,
        evidence=("bad_records", "unreadable_commands", "records_with_one_bad_command", "dead_letters"),
    ),
)

FAULTS: Final[Mapping[str, Fault]] = {
    fault.name: fault for fault in sorted((*_DECIDERS, *_OTHERS, *GROUND), key=lambda fault: fault.row)
}
