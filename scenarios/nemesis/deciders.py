"""Faults of deciders: killed, paused, cut off, too many, too late."""

from typing import Final

from scenarios.nemesis.late_claimer import HELD_BACK
from scenarios.nemesis.scene import NemesisFailed, Scene
from scenarios.nemesis.slow_decider import DELAYED
from scenarios.nemesis.striking_decider import PLAN
from write_side.processor.settings import Settings

KILL_EVERY_SECONDS: Final = 2.0
"""Or later: a decider that has not decided yet is not killed."""
READY_SECONDS: Final = 60.0
TAKEOVER_SECONDS: Final = 45.0
STRIKES_SECONDS: Final = 180.0
SETTLED_SECONDS: Final = 3.0
"""How long things run between one harm and the next."""
REBALANCES: Final = 50
WITHOUT_CLAIMS: Final = 4
"""Changes of an assignment beyond those that the log will show: the first is none, and one may overtake another."""
SESSION_SECONDS: Final[float] = Settings.model_fields["session_seconds"].default
SHORT_SESSION: Final = {"SEATLOG_SESSION_SECONDS": "3"}
"""For many rebalances in little time."""


def kill_again_and_again(scene: Scene) -> None:
    """kill -9 the only decider every two seconds, or as soon as it has decided something; it is started again."""
    while scene.goes_on:
        scene.stack.process("decider").kill()
        scene.note("kills")
        scene.over()
        scene.wait(KILL_EVERY_SECONDS)
        scene.until("a decider that was started again decides", lambda: _has_decided(scene), TAKEOVER_SECONDS)
        scene.note("lives_that_decided")
    scene.stack.wait_ready("decider", within=READY_SECONDS)


def strike_at_each_step(scene: Scene) -> None:
    """Wait until the wrapped decider has died at every step of its plan."""
    names = {strike.name for strike in PLAN}
    scene.until("the decider died at every step", lambda: names <= scene.marks().keys(), STRIKES_SECONDS)
    scene.over()
    scene.stack.wait_ready("decider", within=READY_SECONDS)


def pause_owners(scene: Scene) -> None:
    """SIGSTOP an owner while a batch of its waits to be sent, for twice its session, in which another decides for all
    partitions, and let it go on."""
    paused, other = "decider", "decider-2"
    while scene.goes_on:
        wait_for_batch(scene, paused)
        scene.stack.process(paused).stop()
        began = scene.now()
        wait_for_owner(scene, other)
        scene.wait(max(0.0, 2 * SESSION_SECONDS - (scene.now() - began)))
        scene.stack.process(paused).resume()
        scene.note("pauses")
        scene.over()
        scene.wait(SETTLED_SECONDS)
        scene.stack.wait_ready(paused, within=READY_SECONDS)
        paused, other = other, paused


def claim_late(scene: Scene) -> None:
    """Stop a joining decider in the moment before its claim; it goes on when the other has claimed everything."""
    name = "decider-2"
    scene.stack.start_service("decider", name=name, module="scenarios.nemesis.late_claimer", wait=False)
    killed = 0
    while True:
        wait_for_late_claim(scene, name, killed)
        scene.stack.process(name).stop()
        wait_for_owner(scene, "decider")
        scene.wait(1.0)
        scene.stack.process(name).resume()
        scene.over()
        scene.wait(SETTLED_SECONDS)
        if not scene.goes_on:
            break
        late = scene.stack.process(name)
        killed = late.pid
        late.kill()
    scene.stack.wait_ready(name, within=READY_SECONDS)


def rebalance_in_flight(scene: Scene) -> None:
    """A second decider comes and goes while every batch takes its time to be appended."""
    name = "decider-2"
    scene.stack.start_service("decider", name=name, module="scenarios.nemesis.slow_decider", wait=False)
    scene.stack.supervise(name, False)
    while True:
        scene.stack.wait_ready(name, "decider", within=READY_SECONDS)
        scene.note("joins")
        scene.over()
        scene.wait(SETTLED_SECONDS)
        if not scene.goes_on:
            return
        scene.stack.process(name).kill()
        wait_for_owner(scene, "decider")
        scene.stack.restart(name, wait=False)


def come_and_go(scene: Scene) -> None:
    """From one decider to three and back, until there were REBALANCES or the time is over."""
    more = ("decider-2", "decider-3")
    for name in more:
        scene.stack.start_service("decider", name=name, wait=False)
        scene.stack.supervise(name, False)
    while True:
        scene.stack.wait_ready(*more, within=READY_SECONDS)
        scene.note("to_three")
        scene.wait(1.0)
        for name in more:
            scene.stack.process(name).terminate()
        for name in more:
            scene.stack.process(name).wait(READY_SECONDS)
        wait_for_owner(scene, "decider")
        scene.note("to_one")
        scene.over()
        rebalances = scene.metric("seatlog_rebalances_total", "decider") or 0
        if rebalances >= REBALANCES + WITHOUT_CLAIMS or not scene.goes_on:
            return
        for name in more:
            scene.stack.restart(name, wait=False)


def wait_it_out(scene: Scene) -> None:
    """The wrapped process does the harm by itself, all the time."""
    scene.wait(scene.seconds)


def _has_decided(scene: Scene) -> bool:
    return bool(scene.metric("seatlog_decisions_total", "decider"))


def wait_for_batch(scene: Scene, name: str) -> None:
    """Until this slow decider has just made a batch, which it sends a moment later. Raises NemesisFailed."""
    pid = scene.stack.process(name).pid
    seen = scene.marked(DELAYED, pid)
    scene.until(f"a batch of {name} waits to be sent", lambda: scene.marked(DELAYED, pid) > seen, READY_SECONDS)


def wait_for_late_claim(scene: Scene, name: str, killed: int = 0) -> None:
    """Until the process that has this name since `killed` (its id) has a claim held back. Raises NemesisFailed."""

    def is_held_back() -> bool:
        pid = scene.stack.process(name).pid
        return pid != killed and scene.marked(HELD_BACK, pid) > 0

    scene.until(f"a claim of {name} is held back", is_held_back, READY_SECONDS)


def wait_for_owner(scene: Scene, name: str) -> None:
    """Until this decider decides for every partition. Raises NemesisFailed, with a finding."""

    def owns_everything() -> bool:
        return scene.metric("seatlog_owned_partitions", name) == scene.partitions

    try:
        scene.until(f"{name} decides for every partition", owns_everything, TAKEOVER_SECONDS)
    except NemesisFailed:
        scene.findings.append(f"I11: {name} did not take every partition within {TAKEOVER_SECONDS:.0f} s")
        raise
