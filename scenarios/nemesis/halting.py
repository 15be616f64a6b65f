"""Partitions that a decider has halted, as an operator sees them: by its /readyz."""

import urllib.error
import urllib.request
from collections.abc import Sequence

import msgspec

from scenarios.nemesis.scene import ANSWER_SECONDS, Scene


class _Ready(msgspec.Struct, frozen=True):
    degraded: list[str] = []


def _halted_partitions(scene: Scene, says: Sequence[str]) -> list[str]:
    """The sentences under `degraded` that say one of these; none if the decider does not answer."""
    try:
        with urllib.request.urlopen(f"{scene.stack.url('decider')}/readyz", timeout=ANSWER_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as unready:
        body = unready.read()
    except OSError:
        return []
    return [
        sentence
        for sentence in msgspec.json.decode(body, type=_Ready).degraded
        if any(words in sentence for words in says)
    ]


def wait_for_halt(scene: Scene, within: float, *says: str) -> None:
    """Until the decider says one of these of every partition. Raises NemesisFailed."""
    scene.until("every partition halts", lambda: len(_halted_partitions(scene, says)) == scene.partitions, within)
    scene.note("partitions_halted", scene.partitions)
