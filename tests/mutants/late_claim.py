"""A zombie that claims a partition late and dies: nobody else takes what its claim has made void."""

from typing import Final

from scenarios.nemesis.deciders import wait_for_late_claim, wait_for_owner
from scenarios.nemesis.scene import Scene

LANDS_SECONDS: Final = 0.3
NAME: Final = "decider-2"


def claim_late_and_die(scene: Scene) -> None:
    """A joining decider is stopped before its claim, goes on when the other has claimed everything, and is killed.

    A decider that lived on would take the partition, and decide what the log has not: it would heal what is looked for.
    """
    scene.stack.start_service("decider", name=NAME, module="scenarios.nemesis.late_claimer", wait=False)
    scene.stack.supervise(NAME, False)
    wait_for_late_claim(scene, NAME)
    scene.stack.process(NAME).stop()
    wait_for_owner(scene, "decider")
    scene.wait(1.0)
    scene.stack.process(NAME).resume()
    scene.wait(LANDS_SECONDS)
    scene.stack.process(NAME).kill()
    scene.over()
    scene.wait(scene.seconds)
