"""I2: what somebody was acknowledged is in the log, for ever."""

import pytest

from contracts.records import record_hash
from read_side.replay.audit import Receipts
from tests.audited import audited
from tests.log_writer import a_sale

SALE = a_sale()
HELD = 2


def receipt_for(offset: int, value: bytes | None = None) -> Receipts:
    return {offset: frozenset({record_hash(SALE.events[offset].value if value is None else value)})}


def test_true_receipts_hold():
    receipts = {one.offset: frozenset({record_hash(one.value)}) for one in SALE.events if one.offset not in (0, 7)}
    assert audited(SALE.commands, SALE.events, receipts)[1] == []


@pytest.mark.parametrize(
    ("receipts", "offset"),
    [(receipt_for(HELD, b"forged"), HELD), ({99: frozenset({"0" * 64})}, 99)],
    ids=["another hash", "beyond the end"],
)
def test_a_receipt_that_the_log_does_not_back_is_named(receipts: Receipts, offset: int):
    _, faults = audited(SALE.commands, SALE.events, receipts)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(offset, "I2")]


def test_a_receipt_for_a_void_record_is_named():
    log = a_sale()
    log.stray(log.events[-1].value)
    offset = len(log.events) - 1
    _, faults = audited(log.commands, log.events, {offset: frozenset({record_hash(log.events[offset].value)})})
    assert [(fault.offset, fault.breaks, fault.what) for fault in faults] == [
        (offset, "I2", "a receipt names it, but it is no valid event")
    ]


def test_a_receipt_for_a_claim_is_named():
    _, faults = audited(SALE.commands, SALE.events, receipt_for(0))
    assert [(fault.offset, fault.breaks) for fault in faults] == [(0, "I2")]
