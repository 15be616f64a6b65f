"""`repair` at the shell: it says what it would do, and does nothing that the operator has not said."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from read_side.replay.backup.folder import Export
from read_side.replay.console import UNANSWERED, app
from read_side.replay.receipts import moved, read_receipts
from tests.commands import hold_seats
from tests.log_writer import a_sale, forged, rewritten
from tests.repairs import exported, judged, read_back, receipts_of

KEY = "operators-keep-this-key-to-themselves"
SIGNED = ("--reason", "a disk lied", "--operator", "olga")


def answer(*arguments: str | Path, code: int = 0, key: str | None = KEY) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["repair", *map(str, arguments), "--json"], env={"SEATLOG_REPAIR_KEY": key})
    assert done.exit_code == code, (done.stdout, done.stderr)
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def refusal(*arguments: str | Path, key: str | None = KEY) -> str:
    return str(answer(*arguments, code=UNANSWERED, key=key)["error"])


@pytest.fixture
async def damaged(tmp_path: Path) -> Path:
    log = a_sale()
    log.events = rewritten(log.events, 4, b"gone")
    await exported(tmp_path / "damaged", log)
    return tmp_path / "damaged"


@pytest.fixture
async def changed(tmp_path: Path) -> Path:
    """The last events were forged together with their chains."""
    log = a_sale()
    log.events = forged(log.events, 15, lambda fields: fields["data"].update(buyer_id="mallory"))
    await exported(tmp_path / "changed", log)
    return tmp_path / "changed"


def test_a_plan_changes_nothing(damaged: Path):
    [plan] = answer(damaged, key=None)["partitions"]
    assert (plan["partition"], plan["at"], plan["kept"], plan["restored"], plan["moved"]) == (0, 4, 18, 1, [])
    told = CliRunner().invoke(app, ["repair", str(damaged)], env={"COLUMNS": "120"})
    assert "NOTHING WRITTEN yet. To write it: --at 0:4 --write FOLDER" in told.stdout


async def test_what_is_written_is_a_signed_export(damaged: Path, tmp_path: Path):
    answer(damaged, "--at", "0:4", "--write", tmp_path / "mended", *SIGNED)
    certificate = await judged(read_back(Export(tmp_path / "mended")), KEY.encode(), receipts_of(a_sale()))
    assert certificate.verified, certificate.faults
    repair = certificate.partitions[0].repair
    assert repair is not None
    assert (repair.operator, repair.reason, repair.signature) == ("olga", "a disk lied", "valid")


@pytest.mark.parametrize(
    ("arguments", "key", "says"),
    [
        (SIGNED, KEY, "repaired from offset 4 on, but you said nothing"),
        (("--at", "0:3", *SIGNED), KEY, "repaired from offset 4 on, but you said --at 0:3"),
        (("--at", "1:4", *SIGNED), KEY, "no partition 1: the export has 0 to 0"),
        (("--at", "four", *SIGNED), KEY, "--at four: write PARTITION:OFFSET"),
        (("--at", "0:4", *SIGNED), None, "A repair is signed and has a reason"),
        (("--at", "0:4"), KEY, "A repair is signed and has a reason"),
        (("--at", "0:4", *SIGNED), "short", "at least 32 bytes; this one has 5"),
        (("--at", "0:4", *SIGNED, "--key", "nowhere"), KEY, "The key in nowhere cannot be read"),
    ],
)
def test_nothing_is_written_that_was_not_said(
    damaged: Path, tmp_path: Path, arguments: tuple[str, ...], key: str | None, says: str
):
    assert says in refusal(damaged, "--write", tmp_path / "mended", *arguments, key=key)
    assert not (tmp_path / "mended").exists()


def test_an_export_that_is_none_is_said(tmp_path: Path):
    assert "no export, or half of one" in refusal(tmp_path)


async def test_a_whole_log_is_not_repaired_unless_its_end_is_named(tmp_path: Path):
    log = a_sale()
    log.send(("h7", hold_seats("A-2-4")))
    await exported(tmp_path / "whole", log)
    assert "Nothing is damaged" in refusal(tmp_path / "whole", "--write", tmp_path / "mended", *SIGNED)
    [plan] = answer(tmp_path / "whole", "--at", "0:19")["partitions"]
    assert (plan["at"], plan["restored"]) == (19, 1)


def test_answers_that_change_need_a_second_word(changed: Path, tmp_path: Path):
    [plan] = answer(changed)["partitions"]
    assert [one["same"] for one in plan["moved"]].count(False) == 1
    arguments = ("--at", "0:15", "--write", tmp_path / "mended", *SIGNED)
    assert "1 answers would become others, the first of them 0:15:" in refusal(changed, *arguments)
    told = CliRunner().invoke(app, ["repair", str(changed)], env={"COLUMNS": "120"})
    assert "(ANOTHER ANSWER)" in told.stdout
    answer(changed, *arguments, "--accept-changes")


async def test_it_is_said_which_receipts_will_hold(tmp_path: Path):
    """A claim is gone from the log as if it had never been: what stood behind it is put back where it was."""
    whole, log = a_sale(), a_sale()
    log.events = [one._replace(offset=offset) for offset, one in enumerate([*log.events[:7], *log.events[8:]])]
    await exported(tmp_path / "moved up", log)
    told = [f"0:{offset}:{next(iter(hashes))}" for offset, hashes in receipts_of(whole)[0].items()]
    (tmp_path / "receipts").write_text("\n".join([*told, f"0:3:{'0' * 64}"]), encoding="utf-8")
    arguments = (str(tmp_path / "moved up"), "--receipts", str(tmp_path / "receipts"))
    [plan] = answer(*arguments)["partitions"]
    assert plan["receipts_hold"] == len(told) - 1
    assert len(plan["receipts_broken"]) == 2, "one hash of the two for a record must be wrong"
    printed = CliRunner().invoke(app, ["repair", *arguments], env={"COLUMNS": "120"}).stdout
    assert f"of the receipts you gave, {len(told) - 1} hold, 2 do not" in printed


async def test_old_receipts_are_translated_and_others_stay(changed: Path, tmp_path: Path):
    """Of a forged log, whoever was given a receipt for a record behind the forgery has the same answer elsewhere."""
    answer(changed, "--at", "0:15", "--write", tmp_path / "mended", *SIGNED, "--accept-changes")
    file = tmp_path / "mended" / "moved-receipts.0.jsonl"
    lines = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    same = [line for line in lines if line["same"]]
    assert same
    (tmp_path / "receipts").write_text("\n".join(line["old"] for line in same), encoding="utf-8")
    translated, digest = moved(read_receipts(tmp_path / "receipts"), file)
    certificate = await judged(read_back(Export(tmp_path / "mended")), KEY.encode(), translated)
    assert certificate.verified, certificate.faults
    repair = certificate.partitions[0].repair
    assert repair is not None
    assert repair.moved_sha256 == digest
