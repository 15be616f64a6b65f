"""The note that a repaired partition begins with, and what `verify` makes of it."""

from pathlib import Path

import msgspec
import pytest

from contracts.codec import decode_log
from contracts.records import PartitionClaim, RepairNote
from read_side.replay.repair.repairing import Statement
from tests.log_writer import a_sale, forged, rewritten
from tests.repairs import judged, repaired, unreadable

SALE = a_sale()
SECOND_CLAIM = 7


async def test_the_note_says_what_was_done_and_is_signed(tmp_path: Path):
    log = a_sale()
    unreadable(4)(log)
    plan, mended = await repaired(tmp_path, log)
    claim = decode_log(mended.events[0].value)
    assert isinstance(claim, PartitionClaim)
    note = claim.repair
    assert isinstance(note, RepairNote)
    assert (note.operator, note.reason, note.at, note.end) == ("olga", "a disk lied", 4, 19)
    assert (note.kept, note.restored) == (plan.kept, plan.restored) == (18, 1)
    assert note.replaced.encode() == SALE.events[0].value
    repair = (await judged(mended)).partitions[0].repair
    assert repair is not None
    assert repair.signature == "valid"
    unchecked = (await judged(mended, key=None)).partitions[0].repair
    assert unchecked is not None
    assert unchecked.signature == "not checked"


@pytest.mark.parametrize("change", [{"reason": "nothing"}, {"at": 5}, {"lost_commands": ((0, 9),)}])
async def test_a_note_that_was_changed_is_found(tmp_path: Path, change: dict[str, object]):
    log = a_sale()
    unreadable(4)(log)
    _, mended = await repaired(tmp_path, log)
    claim = decode_log(mended.events[0].value)
    assert isinstance(claim, PartitionClaim)
    assert isinstance(claim.repair, RepairNote)
    forged_note = msgspec.structs.replace(claim, repair=msgspec.structs.replace(claim.repair, **change))
    mended.events = rewritten(mended.events, 0, msgspec.json.encode(forged_note))
    faults = (await judged(mended)).faults
    assert [(fault.offset, fault.what) for fault in faults] == [
        (0, "the note of its repair is not signed with this key")
    ]


async def test_a_note_of_another_key_or_another_partition_is_found(tmp_path: Path):
    log = a_sale()
    unreadable(4)(log)
    _, mended = await repaired(tmp_path, log, statement=Statement("olga", "a disk lied", b"x" * 32))
    assert not (await judged(mended)).verified
    assert (await judged(mended, b"x" * 32)).verified


async def test_records_that_were_changed_after_the_repair_are_found(tmp_path: Path):
    log = a_sale()
    unreadable(4)(log)
    _, mended = await repaired(tmp_path, log)
    mended.events = forged(mended.events, 18, lambda fields: fields.update(digest=fields["digest"][::-1]))
    assert "not those that its repair left" in str((await judged(mended)).faults)
    del mended.events[15:]
    assert "its repair left it with 19 records, but it ends at 15" in str((await judged(mended)).faults)


async def test_a_note_elsewhere_than_at_the_beginning_is_a_fault(tmp_path: Path):
    log = a_sale()
    unreadable(4)(log)
    _, mended = await repaired(tmp_path, log)
    mended.events = rewritten(mended.events, SECOND_CLAIM, mended.events[0].value)
    assert "only a first record can" in str((await judged(mended)).faults)
