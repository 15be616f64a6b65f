"""Faults of everything but deciders: the broker, MongoDB, the projector, a command API."""

from typing import Final

from scenarios.nemesis.scene import Scene

READY_SECONDS: Final = 60.0
AWAY_SECONDS: Final = 3.0
WORKS_SECONDS: Final = 4.0
BACK_SECONDS: Final = 10.0


def kill_broker(scene: Scene) -> None:
    """kill -9 the broker; its supervisor starts it again on the same data."""
    scene.stack.process("kafka").kill()
    scene.note("broker_kills")
    scene.stack.wait_ready("kafka", within=READY_SECONDS)
    scene.over()
    scene.wait(BACK_SECONDS)
    scene.stack.wait_ready("decider", "projector", "command-api", "command-api-2", within=READY_SECONDS)


def kill_mongod(scene: Scene) -> None:
    """kill -9 mongod, and some seconds after it is back the projector."""
    while scene.goes_on:
        scene.stack.supervise("mongo", False)
        scene.stack.process("mongo").kill()
        scene.note("mongod_kills")
        scene.wait(AWAY_SECONDS)
        scene.stack.supervise("mongo", True)
        scene.stack.wait_ready("mongo", within=READY_SECONDS)
        scene.over()
        scene.wait(WORKS_SECONDS)
        scene.stack.process("projector").kill()
        scene.note("projector_kills")
        scene.stack.wait_ready("projector", within=READY_SECONDS)


def kill_command_apis(scene: Scene) -> None:
    """kill -9 one command API after the other, each under load; buyers turn to the other with the same key."""
    names = ("command-api", "command-api-2")
    kills = 0
    while scene.goes_on:
        name = names[kills % len(names)]
        kills += 1
        scene.stack.process(name).kill()
        scene.note("api_kills")
        scene.over()
        scene.stack.wait_ready(name, within=READY_SECONDS)
        scene.wait(1.0)
