"""A damaged partition is made whole from its commands: what can be the same byte for byte is, the rest is listed."""

from pathlib import Path

import pytest

from contracts.codec import decode_log
from contracts.records import PartitionClaim, RepairNote
from read_side.replay.repair.rebuilding import Unrepairable
from tests.commands import hold_seats, schedule_show
from tests.log_writer import LogWriter, a_sale, forged, rewritten
from tests.repairs import Damage, judged, planned, receipts_of, repaired, unreadable

SALE = a_sale()
SECOND_CLAIM = 7
SALE_HOLD = hold_seats("A-2-4")


def flipped(old: bytes, new: bytes, offset: int) -> Damage:
    """Something else stands in one record, which can still be read."""

    def damage(log: LogWriter) -> None:
        value = log.events[offset].value
        assert old in value
        log.events = rewritten(log.events, offset, value.replace(old, new, 1))

    return damage


def cut(end: int) -> Damage:
    """The events end early."""

    def damage(log: LogWriter) -> None:
        del log.events[end:]

    return damage


def beginning_gone(first: int) -> Damage:
    """The events begin late."""

    def damage(log: LogWriter) -> None:
        del log.events[:first]

    return damage


def garbage_at_the_end(log: LogWriter) -> None:
    """Something that is not Seatlog has written."""
    log.append(b"no record")


@pytest.mark.parametrize(
    ("damage", "at"),
    [
        (unreadable(1), 1),
        (unreadable(4), 4),
        (unreadable(2, 3, 4, 5, 6), 2),
        (unreadable(18), 18),
        (flipped(b'"ann"', b'"amn"', 2), 2),
        (flipped(b'"claim":7', b'"claim":0', 10), 10),
        (flipped(b'"claim":7', b'"claim":9', 10), 10),
        (flipped(b'"source":[5', b'"source":[1', 10), 10),
        (flipped(b'"version":3', b'"version":4', 3), 3),
        (flipped(b'"prev":"', b'"prev":"0', 5), 5),
        (cut(12), 12),
        (cut(9), 9),
        (garbage_at_the_end, 19),
    ],
)
async def test_events_that_can_be_decided_again_are_the_same_bytes_at_the_same_place(
    tmp_path: Path, damage: Damage, at: int
):
    log = a_sale()
    damage(log)
    plan, mended = await repaired(tmp_path, log)
    assert [one.value for one in mended.events[1:]] == [one.value for one in SALE.events[1:]]
    assert (plan.at, plan.filled, plan.end) == (at, 0, 19)
    assert not plan.changed
    certificate = await judged(mended, receipts=receipts_of(SALE))
    assert certificate.verified, certificate.faults
    assert certificate.partitions[0].repair is not None


@pytest.mark.parametrize("damage", [unreadable(0), beginning_gone(1), beginning_gone(5), unreadable(SECOND_CLAIM)])
async def test_a_claim_that_is_gone_is_put_where_the_records_behind_it_say(tmp_path: Path, damage: Damage):
    log = a_sale()
    damage(log)
    plan, mended = await repaired(tmp_path, log)
    for was, now in zip(SALE.events[1:], mended.events[1:], strict=True):
        assert was.value == now.value or was.offset == SECOND_CLAIM
    assert plan.filled == 1
    assert (await judged(mended, receipts=receipts_of(SALE))).verified


async def test_a_void_record_that_is_gone_keeps_its_place(tmp_path: Path):
    log = a_sale()
    stray = log.events[3].value
    log.stray(stray)
    log.do(("h7", SALE_HOLD))
    whole = list(log.events)
    unreadable(19)(log)
    plan, mended = await repaired(tmp_path, log)
    assert [one.value for one in mended.events[20:]] == [one.value for one in whole[20:]]
    assert (plan.kept, plan.filled) == (20, 1)
    assert (await judged(mended)).partitions[0].void == 1


async def test_void_records_stay_as_they_are(tmp_path: Path):
    log = a_sale()
    log.stray(log.events[3].value)
    log.do(("h7", SALE_HOLD))
    whole = list(log.events)
    unreadable(5)(log)
    _, mended = await repaired(tmp_path, log)
    assert [one.value for one in mended.events[1:]] == [one.value for one in whole[1:]]


async def test_a_cut_behind_a_claim_moves_what_followed_and_says_so(tmp_path: Path):
    """Of a claim that was cut off nothing is known: its records come to stand one place earlier, with other bytes."""
    log = a_sale()
    cut(6)(log)
    plan = await planned(tmp_path, log, receipts_of(SALE))
    assert (plan.at, plan.kept, plan.restored, plan.end) == (6, 6, 12, 18)
    assert plan.receipts_hold == 6
    assert len(plan.receipts_broken) == 11


async def test_nothing_moves_if_the_logs_of_the_deciders_say_where_the_claim_stood(tmp_path: Path):
    log = a_sale()
    cut(6)(log)
    _, mended = await repaired(tmp_path, log, claims=[SECOND_CLAIM])
    assert [one.value for one in mended.events[8:]] == [one.value for one in SALE.events[8:]]
    assert (await judged(mended, receipts=receipts_of(SALE))).verified


async def test_what_is_pending_is_decided_too(tmp_path: Path):
    log = a_sale()
    log.send(("h7", SALE_HOLD))
    plan, mended = await repaired(tmp_path, log)
    assert not plan.damaged
    assert (plan.at, plan.old_end, plan.end) == (19, 19, 20)
    assert (await judged(mended)).partitions[0].pending == 0


async def test_a_forged_event_and_its_chain_are_replaced_and_every_receipt_is_listed(tmp_path: Path):
    """Somebody gave ann's seat to mallory and made the chain behind it whole again."""
    log = a_sale()
    log.events = forged(log.events, 2, lambda fields: fields["data"].update(buyer_id="mallory"))
    plan, mended = await repaired(tmp_path, log)
    assert [one.value for one in mended.events[1:]] == [one.value for one in SALE.events[1:]]
    assert plan.at == 2
    assert [moved.old.split(":")[1] for moved in plan.changed] == ["2"]
    assert all(moved.new is not None for moved in plan.moved)
    assert len(plan.moved) > 5


async def test_a_repaired_partition_can_be_repaired_again(tmp_path: Path):
    log = a_sale()
    unreadable(4)(log)
    _, once = await repaired(tmp_path / "once", log)
    unreadable(9)(once)
    _, twice = await repaired(tmp_path / "twice", once)
    assert [one.value for one in twice.events[1:]] == [one.value for one in SALE.events[1:]]
    claim = decode_log(twice.events[0].value)
    assert isinstance(claim, PartitionClaim)
    assert isinstance(claim.repair, RepairNote)
    assert claim.repair.replaced.encode() == once.events[0].value
    assert (await judged(twice)).verified


async def test_commands_that_were_cut_off_keep_their_places_and_their_events(tmp_path: Path):
    """The events say which commands there were, but not what they asked for: they fit, and cannot be decided again."""
    log = a_sale()
    del log.commands[7:]
    plan, mended = await repaired(tmp_path, log)
    assert plan.lost_commands == ((7, 12),)
    assert [one.value for one in mended.events[1:]] == [one.value for one in SALE.events[1:]]
    assert len(mended.commands) == 12
    certificate = await judged(mended, receipts=receipts_of(SALE))
    assert certificate.verified, certificate.faults
    repair = certificate.partitions[0].repair
    assert repair is not None
    assert repair.undecidable == 6
    assert (await judged(log)).verified is False


async def test_commands_whose_beginning_is_gone_are_filled_too(tmp_path: Path):
    log = a_sale()
    del log.commands[:2]
    plan, mended = await repaired(tmp_path, log)
    assert plan.lost_commands == ((0, 2),)
    assert (await judged(mended, receipts=receipts_of(SALE))).verified


async def test_a_lost_command_that_was_not_decided_yet_is_answered_with_unreadable(tmp_path: Path):
    """Of the record with three commands two had been decided."""
    log = a_sale()
    del log.commands[1:], log.events[4:]
    plan, mended = await repaired(tmp_path, log)
    assert (plan.kept, plan.restored, plan.end) == (4, 1, 5)
    assert b"command-unreadable" in mended.events[4].value
    assert (await judged(mended)).verified


@pytest.mark.parametrize("gone", [(), (15,), (15, 17)])
async def test_events_that_do_not_agree_how_many_commands_a_lost_record_had(tmp_path: Path, gone: tuple[int, ...]):
    """Record 8 had two, and a changed event says one; whatever else is gone, nothing waits for ever."""
    log = a_sale()
    del log.commands[8:]
    flipped(b'"source":[9,', b'"source":[8,', 16)(log)
    unreadable(*gone)(log)
    plan, mended = await repaired(tmp_path, log)
    assert plan.lost_commands == ((8, 12),)
    certificate = await judged(mended)
    assert certificate.verified
    assert certificate.partitions[0].pending == 0


async def test_what_a_new_topic_had_recorded_comes_behind_what_was_lost(tmp_path: Path):
    """The commands topic was lost and made anew, and two commands were recorded before anybody noticed."""
    log = a_sale()
    log.commands.clear()
    log.send(("h7", SALE_HOLD))
    log.send(("h8", hold_seats("A-2-3")))
    plan, mended = await repaired(tmp_path, log, strangers={0: 0})
    assert plan.lost_commands == ((0, 12),)
    assert (plan.kept, plan.restored) == (19, 2)
    assert len(mended.commands) == 14
    assert b'"seats-held"' in mended.events[-1].value
    assert (await judged(mended)).verified


async def test_a_new_topic_that_is_taken_for_the_old_one_would_change_what_was_sold(tmp_path: Path):
    """The plan says so, and `repair` asks before it writes that."""
    log = a_sale()
    log.commands.clear()
    log.send(("h7", SALE_HOLD))
    plan = await planned(tmp_path, log)
    assert plan.changed


async def test_a_log_of_unknown_rules_is_left_alone(tmp_path: Path):
    log = LogWriter()
    log.claim(rules="9")
    with pytest.raises(Unrepairable, match="rules 9"):
        await planned(tmp_path, log)


async def test_a_void_record_before_any_event_keeps_its_place_too(tmp_path: Path):
    log, zombie = LogWriter(), LogWriter()
    zombie.do(("show-1", schedule_show()))
    log.claim()
    log.stray(zombie.events[1].value)
    log.do(("show-1", schedule_show()))
    unreadable(2)(log)
    _, mended = await repaired(tmp_path, log)
    assert mended.events[3].value == log.events[3].value
    assert (await judged(mended)).verified


def command_damaged(old: bytes, new: bytes, offset: int) -> Damage:
    def damage(log: LogWriter) -> None:
        value = log.commands[offset].value
        assert old in value
        log.commands = rewritten(log.commands, offset, value.replace(old, new, 1))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        command_damaged(b"A-1-2", b"A-1-3", 1),
        command_damaged(b'"digest":"', b'"digest":"0', 1),
        command_damaged(b'"show_id"', b'"shaw_id"', 1),
        command_damaged(b'"show_id":"', b'"show_id":"\xff', 0),
    ],
)
async def test_a_command_that_is_not_what_was_sent_is_lost_and_its_events_stay(tmp_path: Path, damage: Damage):
    """Nobody else's answer may come out of a bit that has changed."""
    log = a_sale()
    damage(log)
    plan, mended = await repaired(tmp_path, log)
    assert len(plan.lost_commands) == 1
    assert [one.value for one in mended.events[1:]] == [one.value for one in SALE.events[1:]]
    assert (await judged(mended, receipts=receipts_of(SALE))).verified


async def test_a_command_that_nobody_could_ever_read_is_not_lost(tmp_path: Path):
    """Junk was recorded, answered as unreadable, and stays what it is."""
    assert (await planned(tmp_path, a_sale())).lost_commands == ()
