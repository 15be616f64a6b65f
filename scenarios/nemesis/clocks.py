"""One clock two hours off: the command APIs', the decider's, the broker's. Nobody's hold may lapse early."""

import urllib.request
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from time import time
from typing import Final

from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, RecordedLog
from scenarios.nemesis.halting import wait_for_halt
from scenarios.nemesis.judging import judge_documents, judge_everything, judge_logs, judge_told
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.scene import NemesisFailed, Scene
from scenarios.stack.services import Service
from scenarios.stack.wrong_clock import with_clock_off

TWO_HOURS: Final = 7200
OFF_LEAST: Final = 7000
READY_SECONDS: Final = 60.0
HALT_SECONDS: Final = 30.0
AHEAD_OF_THE_WORKER: Final = "ahead of this worker's clock"
_MS: Final = 1000

TrueTimes = Callable[[Ran], Callable[[Event], int]]
"""When an event of a run happened by a clock that was right, in milliseconds since 1970."""


def api_clocks_ahead(scene: Scene) -> None:
    """Both command APIs live two hours in the future for a while."""
    plain = [_set_wrong(scene, name, TWO_HOURS) for name in ("command-api", "command-api-2")]
    scene.stack.wait_ready(*(service.name for service in plain), within=READY_SECONDS)
    for service in plain:
        scene.note("seconds_off", _seconds_off(scene, service.name))
    scene.wait(scene.seconds)
    for service in plain:
        scene.stack.replace(service)


def decider_clock_ahead(scene: Scene) -> None:
    """Kafka takes no records from so far in the future: the decider ends, again and again, and decides nothing."""
    plain = _set_wrong(scene, "decider", TWO_HOURS)
    scene.until("the decider gives up", lambda: scene.stack.process("decider").restarts > 1, READY_SECONDS)
    scene.wait(scene.seconds)
    log = (scene.stack.folder / "logs" / "decider.log").read_text(encoding="utf-8")
    scene.note("decider_ended", log.count('"decider ends"'))
    scene.stack.replace(plain, wait=False)
    scene.over()
    scene.stack.wait_ready("decider", within=READY_SECONDS)


def decider_clock_behind(scene: Scene) -> None:
    """To the decider every command comes from the future: it halts its partitions, until its clock is right again."""
    plain = _set_wrong(scene, "decider", -TWO_HOURS)
    scene.stack.wait_ready("decider", within=READY_SECONDS)
    scene.note("seconds_off", _seconds_off(scene, "decider"))
    wait_for_halt(scene, HALT_SECONDS, AHEAD_OF_THE_WORKER)
    scene.wait(scene.seconds)
    scene.stack.replace(plain, wait=False)
    scene.over()
    scene.stack.wait_ready("decider", within=READY_SECONDS)


def broker_clock_ahead(scene: Scene) -> None:
    """What the broker appends comes from the future: every partition halts, and its commands keep their times."""
    plain = _set_wrong(scene, "kafka", TWO_HOURS)
    scene.stack.wait_ready("kafka", within=READY_SECONDS)
    wait_for_halt(scene, HALT_SECONDS, AHEAD_OF_THE_WORKER)
    scene.wait(scene.seconds)
    scene.stack.replace(plain)


def judge_by_decider(ran: Ran) -> list[Finding]:
    """Everything, and every lapse by the decider's clock, which was right."""
    return [*judge_everything(ran), *early_lapses(ran, by_the_decider)]


def judge_by_broker(ran: Ran) -> list[Finding]:
    """Everything, and every lapse by the broker's clock, which was right."""
    return [*judge_everything(ran), *early_lapses(ran, by_the_broker)]


def judge_halted(ran: Ran) -> list[Finding]:
    """What was decided and told before the halt is right, no hold ended early, and the halt is not over."""
    return [*judge_logs(ran), *judge_told(ran), *judge_documents(ran), *early_lapses(ran, by_the_decider)]


def _set_wrong(scene: Scene, name: str, seconds: int) -> Service:
    """Start the process again with a wrong clock; gives the service as it was."""
    plain = scene.stack.service(name)
    scene.stack.replace(with_clock_off(plain, seconds), wait=False)
    return plain


def _seconds_off(scene: Scene, name: str) -> int:
    """By the Date of its answers. Raises NemesisFailed when the clock is right."""
    with urllib.request.urlopen(f"{scene.stack.url(name)}/healthz", timeout=5) as answer:
        told = parsedate_to_datetime(answer.headers["date"]).timestamp()
    off = abs(round(told - time()))
    if off < OFF_LEAST:
        raise NemesisFailed(f"The clock of {name} is only {off} s off.")
    return off


def early_lapses(ran: Ran, true_time: TrueTimes) -> Iterator[Finding]:
    """Holds that were ended as lapsed before they were over."""
    log, times = ran.log, true_time(ran)
    over_at = {event.data.hold_id: event.data.expires_at for event in log.valid if event.type == "seats-held"}
    for event, hold_id in _lapses(log):
        end, ended = over_at.get(hold_id), times(event)
        if end is not None and ended < end:
            yield Finding("I9", f"hold {hold_id} was ended {(end - ended) / _MS:.1f} s early", event.where)


def _lapses(log: RecordedLog) -> Iterator[tuple[Event, str]]:
    for event in log.valid:
        if event.type == "hold-expired" and event.data.hold_id is not None:
            yield event, event.data.hold_id
        for ended in event.data.lapsed_holds:
            yield event, ended.hold_id


def by_the_decider(ran: Ran) -> Callable[[Event], int]:
    stamps = {(each.partition, each.offset): each.timestamp for each in ran.history.events}
    return lambda event: stamps[event.partition, event.offset]


def by_the_broker(ran: Ran) -> Callable[[Event], int]:
    stamps = {(each.partition, each.offset): each.timestamp for each in ran.history.commands}
    return lambda event: stamps[event.partition, event.source[0]]
