"""What the codec refuses, and in how many words."""

import msgspec
import pytest

from contracts.codec import DecodeError, decode_command, decode_commands, decode_event, decode_log
from contracts.commands import LATEST_INSTANT, WHOLE_NUMBER
from contracts.limits import COMMANDS_PER_RECORD, DECODE_ERROR_CHARACTERS
from contracts.records import EventRecord, PostedCommand
from tests.golden_values import SAMPLES


def command_record(number: int, **changes) -> bytes:
    posted = {"id": "x", "digest": "", "schema": 1, "body": {}} | changes
    return msgspec.json.encode({"show_id": "hamlet", "commands": [posted] * number})


def posted(body: bytes, schema: int = 1) -> PostedCommand:
    return PostedCommand(id="x", digest="", schema=schema, body=msgspec.Raw(body))


def test_a_record_carries_1_to_64_commands():
    assert len(decode_commands(command_record(COMMANDS_PER_RECORD)).commands) == 64
    for number in (0, COMMANDS_PER_RECORD + 1):
        with pytest.raises(DecodeError, match=f"a record carries 1 to 64, this one {number}"):
            decode_commands(command_record(number))


@pytest.mark.parametrize("field", ["id", "digest"])
def test_what_an_event_repeats_of_the_envelope_has_a_limited_length(field):
    decode_commands(command_record(1, **{field: "x" * 128}))
    with pytest.raises(DecodeError, match="length <= 128"):
        decode_commands(command_record(1, **{field: "x" * 129}))


@pytest.mark.parametrize(
    "value",
    [b"", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a":' * 100_000, b'{"schema":' + b"9" * 10_000 + b"}", b'"\\ud800"'],
    ids=["empty", "no UTF-8", "null", "deep list", "deep object", "long number", "half a character"],
)
@pytest.mark.parametrize("decode", [decode_commands, decode_log, lambda value: decode_command(posted(value))])
def test_bytes_that_are_no_record_are_a_decode_error_in_few_words(decode, value):
    with pytest.raises(DecodeError) as error:
        decode(value)
    assert len(str(error.value)) <= DECODE_ERROR_CHARACTERS


def test_a_long_error_keeps_its_beginning_and_its_end():
    text = str(DecodeError("what " + "x" * 10_000 + " where"))
    assert text.startswith("what ")
    assert text.endswith(" where")
    assert len(text) <= DECODE_ERROR_CHARACTERS


def test_an_unknown_command_is_named():
    with pytest.raises(DecodeError, match="knows no command 'pause-sale'"):
        decode_command(posted(b'{"type":"pause-sale"}'))


def test_an_unknown_event_is_named():
    record = decode_log((SAMPLES / "seats-held.v1.json").read_bytes())
    assert type(record) is EventRecord
    with pytest.raises(DecodeError, match="knows no event 'seats-heeled'"):
        decode_event(msgspec.structs.replace(record, type="seats-heeled"))


@pytest.mark.parametrize("amount", [-1, WHOLE_NUMBER + 1])
def test_numbers_that_some_reader_cannot_hold_are_no_commands(amount):
    body = (
        b'{"type":"book-hold","buyer_id":"a","hold_id":"h","payment_reference":"p","currency":"EUR","amount_minor":%d}'
    )
    decode_command(posted(body % WHOLE_NUMBER))
    with pytest.raises(DecodeError, match="amount_minor"):
        decode_command(posted(body % amount))


@pytest.mark.parametrize("instant", [-1, LATEST_INSTANT + 1])
def test_times_outside_the_calendar_are_no_commands(instant):
    fields = msgspec.json.decode((SAMPLES / "schedule-show.v1.json").read_bytes())
    decode_command(posted(msgspec.json.encode(fields | {"starts_at": LATEST_INSTANT})))
    with pytest.raises(DecodeError, match="starts_at"):
        decode_command(posted(msgspec.json.encode(fields | {"starts_at": instant})))


def test_a_log_record_without_a_value_is_no_event():
    with pytest.raises(DecodeError, match="it has no value"):
        decode_log(None)
