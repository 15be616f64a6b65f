"""The disk under the broker is full: commands are refused, what was told stays, all goes on once there is room."""

from typing import Final

from scenarios.nemesis.scene import Scene
from scenarios.stack.child import LOG_TAIL_BYTES
from scenarios.stack.small_disk import SmallDisk

MEGABYTES: Final = 256
RUN_SECONDS: Final = 3.0
FAIL_SECONDS: Final = 60.0
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
NO_SPACE: Final = "No space left on device"


def fill_the_disk(scene: Scene) -> None:
    """Put the broker's data on a small disk, fill that, wait, make room; the broker's supervisor starts it again."""
    kafka = scene.stack.process("kafka")
    _end(scene)
    with SmallDisk(scene.stack.folder / "kafka" / "data", MEGABYTES) as disk:
        try:
            scene.stack.restart("kafka")
            scene.stack.wait_ready("decider", within=READY_SECONDS)
            scene.wait(RUN_SECONDS)
            scene.begins()
            scene.note("bytes_taken", disk.fill())
            before = kafka.restarts
            scene.until("the broker gives up for want of space", lambda: _said(scene) > 0, FAIL_SECONDS)
            scene.wait(scene.seconds)
            scene.note("no_space_said", _said(scene))
            scene.note("broker_ended", kafka.restarts - before)
            disk.make_room()
            scene.stack.wait_ready("kafka", within=READY_SECONDS)
            scene.over()
            scene.stack.wait_ready("decider", "command-api", within=READY_SECONDS)
            scene.wait(RUN_SECONDS)
        finally:
            _end(scene)
    scene.stack.restart("kafka")


def _end(scene: Scene) -> None:
    """End the broker in order, so that nobody starts it again."""
    scene.stack.end("kafka")


def _said(scene: Scene) -> int:
    log = scene.stack.folder / "logs" / "kafka.log"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 64 * LOG_TAIL_BYTES))
        return stream.read().count(NO_SPACE.encode())
