"""Scenario 2: all deciders die under load and stay away; buyers hear so at once, and learn the truth later."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scenarios.checkers.answers import unanswered_buyers
from scenarios.checkers.recorded import by_show
from scenarios.checkers.sales import sold_seats
from scenarios.exchanges import Kind
from scenarios.figures import percentiles
from scenarios.nemesis.decided import Decided
from scenarios.nemesis.fault import ANOTHER_API, Extra, Fault, Wishes
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.result import FaultResult, result_of, rounded, seconds_for_people
from scenarios.nemesis.scene import Scene

DECIDERS: Final = ("decider", "decider-2")
APIS: Final = ("command-api", "command-api-2")
DETECTED_WITHIN_SECONDS: Final = 30.0
CLOSED_WITHIN_SECONDS: Final = 90.0
CIRCUIT: Final = "seatlog_command_api_circuit_state"
_OPEN, _CLOSED = 2, 0


def take_deciders_away(scene: Scene) -> None:
    """Kill every decider with the supervisor off; let it start them again when the time is over."""
    for name in DECIDERS:
        scene.stack.supervise(name, False)
    scene.begins()
    for name in DECIDERS:
        scene.stack.process(name).kill()
        scene.note("kills")
    killed = scene.now()
    scene.until("every circuit is open", lambda: _circuits_are(scene, _OPEN), DETECTED_WITHIN_SECONDS)
    scene.figures["detect"] = scene.now() - killed
    while scene.goes_on:
        scene.wait(0.2)
    scene.over()
    for name in DECIDERS:
        scene.stack.supervise(name, True)
    back = scene.now()
    scene.until("every circuit is closed again", lambda: _circuits_are(scene, _CLOSED), CLOSED_WITHIN_SECONDS)
    scene.figures["circuits_closed"] = scene.now() - back


def _circuits_are(scene: Scene, state: int) -> bool:
    wanted = state * scene.partitions
    return all(scene.metric(CIRCUIT, name) == wanted for name in APIS)


OUTAGE: Final = Fault(
    name="deciders-away",
    row=0,
    what="Every decider is killed under load, and nobody starts one for a while. Buyers are told 202 at once, their "
    "commands wait in Kafka, and when the deciders are back they work them off in order.",
    inject=take_deciders_away,
    evidence=("kills", "answers_202"),
    wishes=Wishes(extra=(Extra(kind="decider", name="decider-2"), ANOTHER_API)),
    seconds=20.0,
    commands_per_second=300.0,
)


class OutageResult(Struct, frozen=True, kw_only=True):
    """What `--json` prints. Seconds; shares are of 1.

    `uptime` is the share of probes answered by each API during the whole run, `answered_at_once` that of the commands
    sent while no decider was there that had an answer within a second, 202 included. `detect_seconds` counts from the
    kill until every circuit is open, `recover_seconds` from when deciders may start again until everything that waited
    is decided. `queued` commands were recorded while nobody decided; `lost` ones have no event or their buyer no
    answer; `double` seats were sold twice.
    """

    scenario: str
    passed: bool
    uptime: dict[str, float]
    answered_at_once: float | None
    queued_p99_ms: float | None
    detect_seconds: float | None
    first_decision_seconds: float | None
    recover_seconds: float | None
    circuits_closed_seconds: float | None
    away_seconds: float
    queued: int
    most_waiting: int
    told_202: int
    lost: int
    double: int
    commands: int
    violated: tuple[str, ...]
    findings: tuple[str, ...]
    report: str | None = None


def outage_result(ran: Ran) -> tuple[OutageResult, FaultResult]:
    """The figures of the scenario, and the line of the fault."""
    line = result_of(OUTAGE, ran)
    commands = ran.commands
    waited = [each for each in commands if ran.began <= each.appended <= ran.ended]
    asked = [
        each
        for each in ran.exchanges
        if each.key is not None and each.sent is not None and ran.began <= each.sent + ran.clock <= ran.ended
    ]
    at_once = [each for each in asked if each.answered is not None and each.answered - (each.sent or 0.0) <= 1.0]
    told = [each.answered - each.sent for each in asked if each.kind is Kind.QUEUED and each.answered and each.sent]
    undecided = sum(each.decided is None for each in commands)
    result = OutageResult(
        scenario="resilience",
        passed=line.passed,
        uptime=_uptime(ran),
        answered_at_once=round(len(at_once) / len(asked), 4) if asked else None,
        queued_p99_ms=percentiles(told).p99,
        detect_seconds=rounded(ran.figures.get("detect")),
        first_decision_seconds=line.decides_again_seconds,
        recover_seconds=rounded(worked_off(waited, ran.ended)),
        circuits_closed_seconds=rounded(ran.figures.get("circuits_closed")),
        away_seconds=round(ran.ended - ran.began, 3),
        queued=sum(each.decided is None or each.decided > ran.ended for each in waited),
        most_waiting=line.most_lag_commands,
        told_202=len(told),
        lost=undecided + len(unanswered_buyers(ran.history.requests)),
        double=sum(times > 1 for show_id in by_show(ran.log.valid) for times in sold_seats(ran.log, show_id).values()),
        commands=line.commands,
        violated=line.violated,
        findings=line.findings,
    )
    return result, line


def worked_off(waited: Sequence[Decided], ended: float) -> float | None:
    """Until the last command that waited was decided; None if one never was."""
    if any(each.decided is None for each in waited):
        return None
    return max((each.decided - ended for each in waited if each.decided is not None), default=0.0)


def outage_tiles(result: OutageResult) -> list[tuple[str, str]]:
    """What the report shows large."""
    return [
        *((f"{100 * share:.2f} %", f"of probes answered by {name}") for name, share in result.uptime.items()),
        (seconds_for_people(result.detect_seconds, 1), "until every circuit was open"),
        (seconds_for_people(result.first_decision_seconds, 1), "until the first decision"),
        (seconds_for_people(result.recover_seconds, 1), "until the backlog was worked off"),
        (f"{result.queued:,}", "commands waited in Kafka"),
        (f"{result.lost:,}", "lost"),
        (f"{result.double:,}", "seats sold twice"),
    ]


def _uptime(ran: Ran) -> dict[str, float]:
    asked = Counter(probe.api for probe in ran.probes)
    answered = Counter(probe.api for probe in ran.probes if probe.answered)
    return {api: round(answered[api] / count, 4) for api, count in sorted(asked.items())}
