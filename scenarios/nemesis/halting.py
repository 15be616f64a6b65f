"""Partitions that a decider has halted, as an operator sees them: by its /readyz."""

import urllib.error
import urllib.request

import msgspec

from scenarios.nemesis.scene import ANSWER_SECONDS, Scene


class _Ready(msgspec.Struct, frozen=True):
    degraded: list[str] = []


def halted_partitions(scene: Scene, says: str, decider: str = "decider") -> list[str]:
    """The sentences under `degraded` that say this; none if the decider does not answer."""
    try:
        with urllib.request.urlopen(f"{scene.stack.url(decider)}/readyz", timeout=ANSWER_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as unready:
        body = unready.read()
    except OSError:
        return []
    return [sentence for sentence in msgspec.json.decode(body, type=_Ready).degraded if says in sentence]


def wait_for_halt(scene: Scene, says: str, within: float) -> None:
    """Until the decider says this of every partition. Raises NemesisFailed."""
    scene.until("every partition halts", lambda: len(halted_partitions(scene, says)) == scene.partitions, within)
    scene.note("partitions_halted", scene.partitions)
