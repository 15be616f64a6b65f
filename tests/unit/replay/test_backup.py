"""An export gives every byte back, or says which line of which file it cannot."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from contracts.topics import COMMANDS, EVENTS
from read_side.replay.backup.exporting import ends_of, export_topics
from read_side.replay.backup.folder import EVERY_TOPIC, MANIFEST, Export
from read_side.replay.backup.importing import check, compare, import_topics
from read_side.replay.backup.records import KeptRecord, UnfitExport, line_of, record_of
from read_side.replay.console import UNANSWERED, app
from read_side.replay.log_reader import Unreadable
from tests.log_writer import LogWriter, a_sale
from tests.topics_in_memory import NOON, TopicsInMemory, recorded


def quietly(records: int) -> None:
    """No bar."""


async def exported(topics: TopicsInMemory, folder: Path) -> Export:
    await export_topics(topics, await ends_of(topics, EVERY_TOPIC, None), folder, quietly)
    return Export(folder)


async def imported(export: Export, into: TopicsInMemory) -> None:
    await import_topics(export, check(export, EVERY_TOPIC, quietly), into, quietly)


@pytest.fixture
def sale() -> TopicsInMemory:
    """A sale in one partition, nothing but a claim in the other."""
    log, other = a_sale(), LogWriter(1, 2)
    return recorded(log, other)


async def test_what_was_exported_comes_back_in_every_byte_and_time(sale: TopicsInMemory, tmp_path: Path):
    fresh = TopicsInMemory()
    await imported(await exported(sale, tmp_path / "export"), fresh)
    assert fresh.kept == sale.kept
    assert not fresh.takes_times


async def test_empty_topics_that_are_there_already_are_filled(sale: TopicsInMemory, tmp_path: Path):
    fresh = TopicsInMemory(2)
    await imported(await exported(sale, tmp_path), fresh)
    assert fresh.kept == sale.kept


@pytest.mark.parametrize(
    "record",
    [
        KeptRecord(0, 0, None, None),
        KeptRecord(7, NOON, b"", b""),
        KeptRecord(7, NOON, b"\xff", b'\x00\n\xe2\x80\xa8\\"\xf0\x9f\x8e\xad'),
        KeptRecord(7, NOON, b"k", b"\xed\xa0\x80", (("a", b"\xff"), ("a", None), ("", b""))),
    ],
)
def test_whatever_the_bytes_are_a_line_gives_them_back(record: KeptRecord):
    assert record_of(line_of(record)) == record


async def test_a_line_is_json_that_people_can_read(sale: TopicsInMemory, tmp_path: Path):
    await exported(sale, tmp_path)
    head, first, *_, foot = (tmp_path / "booking.commands.0.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(head)["end"] == json.loads(foot)["records"] == 12
    assert json.loads(json.loads(first)["value"])["show_id"] == "hamlet"


async def test_one_partition_of_one_topic_can_be_exported(sale: TopicsInMemory):
    assert list(await ends_of(sale, [COMMANDS], 1)) == [(COMMANDS, 1)]
    with pytest.raises(Unreadable, match="no partition 2"):
        await ends_of(sale, [COMMANDS], 2)
    with pytest.raises(Unreadable, match=r"no topic booking\.commands"):
        await ends_of(TopicsInMemory(), [COMMANDS], None)


async def test_the_ends_of_the_events_are_taken_first(sale: TopicsInMemory):
    asked = [topic for topic, _ in await ends_of(sale, [COMMANDS, EVENTS], None)]
    assert asked == [EVENTS, EVENTS, COMMANDS, COMMANDS]


async def test_a_folder_with_something_in_it_is_not_exported_to(sale: TopicsInMemory, tmp_path: Path):
    await exported(sale, tmp_path)
    with pytest.raises(UnfitExport, match="is not empty"):
        await exported(sale, tmp_path)


async def test_half_an_export_is_none(sale: TopicsInMemory, tmp_path: Path):
    wanted = await ends_of(sale, EVERY_TOPIC, None)
    sale.kept[COMMANDS][1].clear()
    sale.kept[COMMANDS][0].pop(3)
    with pytest.raises(UnfitExport, match="after offset 2 Kafka gave 4; an export has no gaps"):
        await export_topics(sale, wanted, tmp_path, quietly)
    assert not (tmp_path / "booking.commands.0.jsonl").exists()
    with pytest.raises(UnfitExport, match=r"manifest.json is missing: this is no export, or half of one"):
        Export(tmp_path)


def flip(content: bytes) -> bytes:
    at = content.index(b"A-1-1") + 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def swap(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:3], lines[4], lines[3], *lines[5:]])


def drop_line(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:5], *lines[6:]])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (flip, "booking.commands.0.jsonl, line 3: its checksum is wrong: it was changed."),
        (swap, "booking.commands.0.jsonl, line 4: the record at offset 2 was expected, but it is that at 3."),
        (drop_line, "booking.commands.0.jsonl, line 6: the record at offset 4 was expected, but it is that at 5."),
        (lambda content: content[: content.index(b"\n") + 40], "line 2: it does not end: the file was cut."),
        (lambda content: content[: content.rindex(b'{"crc32')], "line 14: it is not there: the file was cut."),
        (lambda content: content + b"\n", "line 15: nothing was expected after the last line."),
        (lambda content: b"", "line 1: it is not there: the file was cut."),
    ],
    ids=["flipped byte", "wrong order", "line gone", "cut in a line", "cut at a line", "longer", "empty"],
)
async def test_a_changed_file_is_refused_by_its_line(
    sale: TopicsInMemory, tmp_path: Path, change: Callable[[bytes], bytes], says: str
):
    export = await exported(sale, tmp_path)
    path = tmp_path / "booking.commands.0.jsonl"
    path.write_bytes(change(path.read_bytes()))
    fresh = TopicsInMemory()
    with pytest.raises(UnfitExport) as refused:
        await imported(export, fresh)
    assert str(refused.value).endswith(says)
    assert fresh.kept == {}, "nothing is written before everything was checked"


async def test_a_missing_file_is_named(sale: TopicsInMemory, tmp_path: Path):
    export = await exported(sale, tmp_path)
    (tmp_path / "booking.events.1.jsonl").unlink()
    with pytest.raises(UnfitExport, match=r"booking\.events\.1\.jsonl is missing"):
        check(export, EVERY_TOPIC, quietly)


async def test_files_that_changed_places_are_refused(sale: TopicsInMemory, tmp_path: Path):
    export = await exported(sale, tmp_path)
    (tmp_path / "booking.events.1.jsonl").replace(tmp_path / "booking.events.0.jsonl")
    with pytest.raises(UnfitExport, match=r"line 1: these are records of booking\.events, partition 1"):
        check(export, EVERY_TOPIC, quietly)


async def test_a_file_that_was_made_anew_with_right_checksums_is_not_that_of_the_manifest(
    sale: TopicsInMemory, tmp_path: Path
):
    export = await exported(sale, tmp_path / "true")
    sale.kept[COMMANDS][0][3] = sale.kept[COMMANDS][0][3]._replace(value=b"forged")
    await exported(sale, tmp_path / "forged")
    forged = tmp_path / "forged" / "booking.commands.0.jsonl"
    forged.replace(tmp_path / "true" / "booking.commands.0.jsonl")
    with pytest.raises(UnfitExport, match="is not the file of the manifest"):
        check(export, EVERY_TOPIC, quietly)


@pytest.mark.parametrize("content", ["{}", "\xff", '{"seatlog_export": 2, "taken": "", "kafka": "", "files": []}'])
def test_another_manifest_is_refused(tmp_path: Path, content: str):
    (tmp_path / MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(UnfitExport, match=MANIFEST):
        Export(tmp_path)


async def test_an_export_of_one_partition_is_not_imported(sale: TopicsInMemory, tmp_path: Path):
    await export_topics(sale, await ends_of(sale, EVERY_TOPIC, 1), tmp_path, quietly)
    with pytest.raises(UnfitExport, match=r"has only the partitions \[1\]"):
        check(Export(tmp_path), EVERY_TOPIC, quietly)


async def test_an_export_that_begins_later_is_refused_with_the_reason(sale: TopicsInMemory, tmp_path: Path):
    del sale.kept[COMMANDS][0][:2]
    export = await exported(sale, tmp_path)
    with pytest.raises(UnfitExport, match="begins at offset 2: what was before is gone"):
        check(export, EVERY_TOPIC, quietly)


@pytest.mark.parametrize("partitions", [1, 3])
async def test_topics_of_other_numbers_of_partitions_are_refused(sale: TopicsInMemory, tmp_path: Path, partitions: int):
    with pytest.raises(Unreadable, match=f"has {partitions} partitions, the export 2"):
        await imported(await exported(sale, tmp_path), TopicsInMemory(partitions))


async def test_topics_that_are_not_fresh_are_refused(sale: TopicsInMemory, tmp_path: Path):
    with pytest.raises(Unreadable, match=r"booking.commands, partition 0, is not fresh: its end is at offset 12"):
        await imported(await exported(sale, tmp_path), sale)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"value": b"other"}, "offset 4, is not as in the export: value."),
        ({"timestamp": NOON, "key": None}, "offset 4, is not as in the export: timestamp, key."),
    ],
)
async def test_what_the_broker_keeps_otherwise_is_found_when_it_is_read_back(
    sale: TopicsInMemory, tmp_path: Path, changed: dict[str, object], says: str
):
    fresh = TopicsInMemory()
    fresh.stored = lambda topic, one: one._replace(**changed) if (topic, one.offset) == (COMMANDS, 4) else one
    with pytest.raises(Unreadable, match=re.escape(says)):
        await imported(await exported(sale, tmp_path), fresh)
    assert fresh.takes_times, "what was filled wrongly must not look like topics that are fit"


async def test_somebody_who_writes_meanwhile_is_noticed(sale: TopicsInMemory, tmp_path: Path):
    fresh = TopicsInMemory()

    def stored(topic: str, record: KeptRecord) -> KeptRecord:
        if topic == EVENTS and record.offset == 0:
            fresh.kept[COMMANDS][0].append(KeptRecord(0, NOON, None, b"stranger"))
        return record

    fresh.stored = stored
    with pytest.raises(Unreadable, match="the record of offset 0 was put at 1; somebody else writes"):
        await imported(await exported(sale, tmp_path), fresh)


async def test_topics_are_held_against_an_export_that_has_more(sale: TopicsInMemory, tmp_path: Path):
    """What `clear` asks before it deletes."""
    export = await exported(sale, tmp_path)
    kept = export.file(COMMANDS, 0)
    sale.kept[COMMANDS][0].pop()
    assert (await compare(export, kept, sale, quietly, whole=False)).records == 11
    with pytest.raises(Unreadable, match="holds the offsets 0 to 11"):
        await compare(export, kept, sale, quietly)
    sale.kept[COMMANDS][0] += [KeptRecord(11, NOON, None, b"new"), KeptRecord(12, NOON, None, b"new")]
    with pytest.raises(Unreadable, match="holds the offsets 0 to 13"):
        await compare(export, kept, sale, quietly, whole=False)


def test_an_export_is_judged_and_told_of_like_a_log(tmp_path: Path):
    asyncio.run(exported(recorded(a_sale()), tmp_path))
    there = ("--export", str(tmp_path), "--json")
    certificate = msgspec.json.decode(CliRunner().invoke(app, ["verify", *there]).stdout)
    assert (certificate["verified"], certificate["kafka"], certificate["events"]) == (True, str(tmp_path), 19)
    told = msgspec.json.decode(CliRunner().invoke(app, ["timeline", "hamlet", *there]).stdout)
    assert len(told["events"]) == 15
    (tmp_path / "booking.events.0.jsonl").unlink()
    done = CliRunner().invoke(app, ["state", "hamlet", *there])
    assert (done.exit_code, "is missing" in done.stdout) == (UNANSWERED, True)
