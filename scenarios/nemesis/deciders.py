"""Faults of deciders: killed, paused, cut off, too many, too late."""

from typing import Final

from scenarios.nemesis.scene import Scene

KILL_EVERY_SECONDS: Final = 2.0
READY_SECONDS: Final = 60.0


def nothing(scene: Scene) -> None:
    """The calm run that all others are compared with."""
    scene.wait(scene.seconds)


def kill_again_and_again(scene: Scene) -> None:
    """kill -9 the only decider every two seconds; its supervisor starts it again."""
    while scene.goes_on:
        scene.stack.process("decider").kill()
        scene.note("kills")
        scene.over()
        scene.wait(KILL_EVERY_SECONDS)
    scene.stack.wait_ready("decider", within=READY_SECONDS)
