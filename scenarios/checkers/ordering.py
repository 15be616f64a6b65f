"""I5: if A was answered before B was sent, A's event stands before B's in their partition."""

from collections.abc import Sequence
from typing import NamedTuple

from scenarios.checkers.answers import command_name
from scenarios.checkers.findings import Finding
from scenarios.checkers.told import Receipt, is_command, is_decided, receipt_of, where
from scenarios.history import Request


class _Span(NamedTuple):
    """A command from when it was first sent until its event was first told; `sent` None: that was never recorded."""

    sent: float | None
    answered: float
    where: str


def check_order(requests: Sequence[Request]) -> list[Finding]:
    """The offsets of the events agree with the real-time order of the commands that they answer.

    A command said again counts from its first sending to its first answer: the repeat's answer shows the first event.
    """
    findings: list[Finding] = []
    by_partition: dict[int, dict[int, _Span]] = {}
    for receipt, span in _spans(requests).items():
        by_partition.setdefault(receipt.partition, {})[receipt.offset] = span
    for partition, spans in by_partition.items():
        findings += _check_partition(partition, spans)
    return findings


def _check_partition(partition: int, spans: dict[int, _Span]) -> list[Finding]:
    """In the order of sending, each event must lie beyond all that were told before."""
    answered = sorted((span.answered, offset) for offset, span in spans.items())
    findings, told, highest = [], 0, -1
    for sent, offset in sorted((span.sent, offset) for offset, span in spans.items() if span.sent is not None):
        while told < len(answered) and answered[told][0] < sent:
            highest = max(highest, answered[told][1])
            told += 1
        if highest >= offset:
            what = (
                f"its event {partition}:{offset} stands before {partition}:{highest}, which was told before it was sent"
            )
            findings.append(Finding("I5", what, spans[offset].where))
    return findings


def _spans(requests: Sequence[Request]) -> dict[Receipt, _Span]:
    first_sent: dict[tuple[str, ...], float] = {}
    for number, request in enumerate(requests):
        if is_command(request):
            name = command_name(number, request)
            first_sent[name] = min(request.sent, first_sent.get(name, request.sent))
    spans: dict[Receipt, _Span] = {}
    for number, request in enumerate(requests):
        receipt = receipt_of(request)
        if receipt is None or request.answered is None or not is_decided(request):
            continue
        sent = first_sent[command_name(number, request)] if is_command(request) else None
        known = spans.get(receipt)
        answered = request.answered if known is None else min(known.answered, request.answered)
        if sent is None and known is not None:
            sent = known.sent
        spans[receipt] = _Span(sent, answered, where(number, request))
    return spans
