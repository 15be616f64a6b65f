"""I6, as a reader sees it: what a show's document showed once, no later look shows less of."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from scenarios.checkers.findings import Finding
from scenarios.checkers.told import show_of, where
from scenarios.history import Request

_SHOW_PATH_PARTS: Final = 3


class _Shown(Struct, frozen=True):
    """A show's document as the query API tells it, as far as it matters here."""

    version: int


_decode_shown: Final = msgspec.json.Decoder(_Shown).decode


def check_reads(requests: Sequence[Request]) -> list[Finding]:
    """If one look at a show was answered before another was sent, the second shows no lower version."""
    looks: dict[str, list[tuple[float, float, int, int]]] = {}
    for number, request in enumerate(requests):
        show = show_of(request)
        if _is_look(request) and show is not None and request.answered is not None:
            version = _decode_shown(request.answer).version
            looks.setdefault(show, []).append((request.sent, request.answered, version, number))
    findings = []
    for show, seen in looks.items():
        answered = sorted((at, version) for _, at, version, _ in seen)
        told_so_far, highest = 0, 0
        for sent, _, version, number in sorted(seen):
            while told_so_far < len(answered) and answered[told_so_far][0] < sent:
                highest = max(highest, answered[told_so_far][1])
                told_so_far += 1
            if version < highest:
                what = f"show {show} is at version {version}, after version {highest} was shown"
                findings.append(Finding("I6", what, where(number, requests[number])))
    return findings


def _is_look(request: Request) -> bool:
    """Whether it is a plain look at a show's own document."""
    path = request.path.partition("?")[0]
    return request.method == "GET" and request.status == 200 and len(path.split("/")) == _SHOW_PATH_PARTS
