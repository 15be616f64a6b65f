"""`verify` over whole logs: the certificate, and what receipts files may hold."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from contracts.topics import partition_of
from read_side.replay.certificate import Certificate
from read_side.replay.receipts import ReceiptsByPlace, UnreadableReceipts, read_receipts
from read_side.replay.verify import verify
from scenarios.history import write_history
from tests.commands import hold_seats, schedule_show
from tests.log_in_memory import log_in_memory
from tests.log_writer import LogWriter, a_sale, rewritten
from tests.told_history import told_history


def two_partitions() -> tuple[LogWriter, LogWriter]:
    """Show `a..` in each of two partitions, one seat held."""
    logs = LogWriter(0, 2), LogWriter(1, 2)
    for name in ("alceste", "brutus", "cressida", "dido"):
        log = logs[partition_of(name, 2)]
        log.do((f"schedule-{name}", schedule_show()), show_id=name)
        log.do((f"hold-{name}", hold_seats("A-1-1")), show_id=name)
    return logs


async def certificate_of(*logs: LogWriter, receipts: ReceiptsByPlace | None = None, first: int = 0) -> Certificate:
    log = log_in_memory(*logs, first=first)
    return await verify(log, range(log.partitions), receipts or {}, lambda _: None)


async def test_a_certificate_counts_what_there_is():
    certificate = await certificate_of(a_sale())
    assert certificate.verified
    (part,) = certificate.partitions
    assert (part.events_end, part.commands_end, part.claims, part.valid, part.void, part.pending) == (
        19,
        12,
        2,
        17,
        0,
        0,
    )
    assert part.rules == ("1",)
    hamlet = certificate.shows[0]
    assert (hamlet.show_id, hamlet.version, hamlet.capacity) == ("hamlet", 15, 8)
    assert (hamlet.free, hamlet.held, hamlet.booked, hamlet.blocked) == (5, 0, 3, 0)


async def test_one_hash_stands_for_all_heads():
    certificate = await certificate_of(*two_partitions())
    lines = "".join(f"{show.show_id} {show.version} {show.head}\n" for show in certificate.shows)
    assert [show.show_id for show in certificate.shows] == sorted(show.show_id for show in certificate.shows)
    assert certificate.heads_sha256 == sha256(lines.encode()).hexdigest()


async def test_a_fault_in_one_partition_leaves_the_others_judged():
    good, bad = two_partitions()
    bad.events = rewritten(bad.events, 1, b"{}")
    certificate = await certificate_of(good, bad)
    assert not certificate.verified
    assert [(fault.partition, fault.offset) for fault in certificate.faults] == [(1, 1)]
    assert certificate.partitions[0].valid == len(good.events) - 1


async def test_a_topic_whose_beginning_is_gone_is_a_fault():
    certificate = await certificate_of(a_sale(), first=2)
    assert [(fault.topic, fault.offset) for fault in certificate.faults] == [("booking.commands", 2)]


async def test_the_receipts_of_a_history_hold(tmp_path: Path):
    log = a_sale()
    write_history(tmp_path, told_history(log))
    certificate = await certificate_of(log, receipts=read_receipts(tmp_path / "requests.jsonl"))
    assert certificate.verified
    assert certificate.receipts_checked == 14


async def test_a_certificate_is_a_file_of_receipts_so_that_even_the_newest_record_can_be_held_to_it(tmp_path: Path):
    published = tmp_path / "certificate.json"
    published.write_bytes(msgspec.json.encode(await certificate_of(a_sale())))
    receipts = read_receipts(published)
    assert (await certificate_of(a_sale(), receipts=receipts)).verified
    cut = a_sale()
    del cut.events[-1], cut.commands[-1]
    certificate = await certificate_of(cut, receipts=receipts)
    assert [(fault.offset, fault.breaks) for fault in certificate.faults] == [(18, "I2")]


async def test_a_receipt_of_a_partition_that_is_not_there_is_a_fault():
    certificate = await certificate_of(a_sale(), receipts={7: {0: frozenset({"0" * 64})}})
    assert [(fault.partition, fault.breaks) for fault in certificate.faults] == [(7, "I2")]


def test_lines_of_receipts_are_read_and_blank_ones_skipped(tmp_path: Path):
    file = tmp_path / "receipts"
    file.write_text(f"0:12:{'a' * 64}\n\n1:3:{'b' * 64}\n0:12:{'c' * 64}\n", encoding="utf-8")
    assert read_receipts(file) == {
        0: {12: frozenset({"a" * 64, "c" * 64})},
        1: {3: frozenset({"b" * 64})},
    }


@pytest.mark.parametrize("line", ["0:12", "x", "{}", '{"receipt": "0:1:zz"}', "0:1:" + "A" * 64, "{"])
def test_another_line_is_refused_by_its_number(tmp_path: Path, line: str):
    file = tmp_path / "receipts"
    file.write_text(f"0:12:{'a' * 64}\n{line}\n", encoding="utf-8")
    with pytest.raises(UnreadableReceipts, match="Line 2 of"):
        read_receipts(file)


def test_a_missing_file_is_one_sentence(tmp_path: Path):
    with pytest.raises(UnreadableReceipts, match="cannot be read"):
        read_receipts(tmp_path / "nothing")
