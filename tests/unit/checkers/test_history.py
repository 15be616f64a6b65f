"""History files: what goes in comes out, and what does not belong there is named."""

from pathlib import Path

import msgspec
import pytest
from msgspec import Raw

from scenarios.history import UnreadableHistory, json_or_null, read_history, stored_record, write_history
from tests.log_writer import a_sale
from tests.told_history import told_history


def test_what_is_written_can_be_read(tmp_path: Path):
    history = told_history(a_sale())
    write_history(tmp_path / "there", history)
    found = read_history(tmp_path / "there")
    assert (found.commands, found.events) == (history.commands, history.events)
    assert [msgspec.json.encode(one) for one in found.requests] == [
        msgspec.json.encode(one) for one in history.requests
    ]


def test_requests_have_the_fields_that_were_promised(tmp_path: Path):
    write_history(tmp_path, told_history(a_sale()))
    first = (tmp_path / "requests.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert list(msgspec.json.decode(first)) == [
        "buyer",
        "method",
        "path",
        "key",
        "body",
        "sent",
        "answered",
        "status",
        "receipt",
        "answer",
    ]


@pytest.mark.parametrize("value", [b'{"a":1}', "Größe".encode(), b"", b"\xff\x00 no text", b"\xed\xa0\x80"])
def test_every_byte_of_a_record_survives(value: bytes):
    record = stored_record(0, 1, 2, value)
    assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)).stored() == value


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"", b"null"),
        (b'{"a":\n1}', b'{"a": 1}'),
        (b"<html>", b'"<html>"'),
        (b"\xff", '"\N{REPLACEMENT CHARACTER}"'.encode()),
    ],
)
def test_a_body_becomes_json(content: bytes, kept: bytes):
    assert json_or_null(content) == Raw(kept)


def test_a_bad_line_is_named(tmp_path: Path):
    write_history(tmp_path, told_history(a_sale()))
    with (tmp_path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"partition": 0}\n')
    with pytest.raises(UnreadableHistory, match=r"Line 20 of .*events\.jsonl is no StoredRecord"):
        read_history(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableHistory, match=r"requests\.jsonl cannot be read"):
        read_history(tmp_path)
