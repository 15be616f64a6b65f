"""What happened when, from the logs' own times: throughput, lag, errors, pauses, and how soon things went on."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Final, NamedTuple

from scenarios.exchanges import Exchange, Kind
from scenarios.figures import rates
from scenarios.nemesis.decided import Decided
from scenarios.nemesis.ran import Ran

BIN_SECONDS: Final = 0.5
SERVER_ERRORS: Final = 500
"""Statuses from here on."""


class Timeline(NamedTuple):
    """Figures by bins of BIN_SECONDS; `edges` (one more than bins) and the fault's window in seconds since the start.

    `decisions` and `errors` a second, `queued` answers (202) a second, `lag` in commands at the end of each bin.
    """

    edges: list[float]
    decisions: list[float]
    lag: list[int]
    errors: list[float]
    queued: list[float]
    fault: tuple[float, float]


class Progress(NamedTuple):
    """How it went on. Seconds; None if it did not.

    `recover` is the larger of the other two: from the fault's end to the first new decision of every partition that
    was asked for one, and to the first good read sent after it. `pause` is the longest time that a partition decided
    nothing while a command waited, `lag` the most commands that waited.
    """

    recover: float | None
    decides_again: float | None
    reads_again: float | None
    pause: float
    lag: int


def timeline(ran: Ran) -> Timeline:
    """The whole run in bins."""
    commands = ran.commands
    start = min([ran.began, *(each.appended for each in commands[:1])])
    decided = sorted(each.decided for each in commands if each.decided is not None)
    end = max([ran.over, *decided[-1:]])
    bins = max(1, ceil((end - start) / BIN_SECONDS))
    edges = [BIN_SECONDS * number for number in range(bins + 1)]
    appended = [each.appended for each in commands]
    lag = [max(0, bisect_right(appended, start + edge) - bisect_right(decided, start + edge)) for edge in edges[1:]]
    return Timeline(
        edges=edges,
        decisions=rates((at - start for at in decided), bins, BIN_SECONDS),
        lag=lag,
        errors=rates((at - start for at in _times(ran, _is_error)), bins, BIN_SECONDS),
        queued=rates((at - start for at in _times(ran, lambda each: each.kind is Kind.QUEUED)), bins, BIN_SECONDS),
        fault=(ran.began - start, ran.ended - start),
    )


def progress(ran: Ran) -> Progress:
    """How things went on after the fault's end."""
    commands = ran.commands
    decides = _decides_again(commands, ran.ended)
    reads = min(
        (
            each.answered + ran.clock - ran.ended
            for each in ran.exchanges
            if each.method == "GET" and each.status == 200 and each.answered is not None and each.sent is not None
            if each.sent + ran.clock >= ran.ended and not each.path.startswith("/commands/")
        ),
        default=None,
    )
    appended = [each.appended for each in commands]
    decided = sorted(each.decided for each in commands if each.decided is not None)
    lags = (number + 1 - bisect_right(decided, at) for number, at in enumerate(appended))
    return Progress(
        recover=None if decides is None or reads is None else max(decides, reads),
        decides_again=decides,
        reads_again=reads,
        pause=_longest_pause(commands),
        lag=max(lags, default=0),
    )


def _decides_again(commands: Sequence[Decided], ended: float) -> float | None:
    """Until every partition that has an undecided command after `ended` has decided one; None if one never does."""
    asked: dict[int, float | None] = {}
    for each in commands:
        if each.decided is None or each.decided >= ended:
            first = asked.get(each.partition)
            at = first if each.decided is None else each.decided if first is None else min(first, each.decided)
            asked[each.partition] = at
    if any(at is None for at in asked.values()):
        return None
    return max((at - ended for at in asked.values() if at is not None), default=None)


def _longest_pause(commands: Iterable[Decided]) -> float:
    """From when a command waited and nothing was decided in its partition, until the next decision there."""
    longest, by_partition = 0.0, dict[int, list[tuple[float, float]]]()
    for each in commands:
        if each.decided is not None:
            by_partition.setdefault(each.partition, []).append((each.decided, each.appended))
    for pairs in by_partition.values():
        before = 0.0
        for decided, appended in sorted(pairs):
            longest = max(longest, decided - max(appended, before))
            before = decided
    return longest


def _is_error(each: Exchange) -> bool:
    return each.status is None or each.status >= SERVER_ERRORS


def _times(ran: Ran, wanted: Callable[[Exchange], bool]) -> list[float]:
    """When buyers learned of such answers, or gave up waiting for one. Seconds since 1970."""
    return [
        (each.answered or each.sent or each.wanted) + ran.clock
        for each in ran.exchanges
        if each.buyer != "probe" and wanted(each)
    ]
