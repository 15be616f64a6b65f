"""Any message survives the wire, and any bytes are either a message or a DecodeError."""

import json
from contextlib import suppress
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codec
from contracts.codec import (
    DecodeError,
    decode_command,
    decode_commands,
    decode_event,
    decode_log,
    encode_claim,
    encode_commands,
    encode_event,
    post,
)
from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.records import CommandRecord, EventRecord, PartitionClaim, PostedCommand
from tests.golden_values import EVENT_RECORD_FIELDS, SAMPLES
from tests.search_depth import assert_notices, searched
from tests.wire_values import TEXT, values_of

COMMAND = st.one_of([values_of(type_) for type_, _ in COMMANDS.values()])
EVENT = st.one_of([values_of(type_) for type_, _ in EVENTS.values()])
RECORDS = [path.read_bytes() for path in sorted(SAMPLES.iterdir())]


def check_event(event) -> None:
    """An event comes back as it was sent, and sending it again gives the same bytes."""
    value = encode_event(event, **EVENT_RECORD_FIELDS)
    record = decode_log(value)
    assert {name: getattr(record, name) for name in EVENT_RECORD_FIELDS} == EVENT_RECORD_FIELDS
    assert decode_event(record) == event
    assert encode_event(decode_event(record), **EVENT_RECORD_FIELDS) == value
    assert b"\n" not in value


def check_command(command) -> None:
    """A command comes back as it was sent, and its digest tells it from others."""
    record = decode_commands(encode_commands(CommandRecord(show_id="hamlet", commands=(post(command, "id"),))))
    (posted,) = record.commands
    assert decode_command(posted) == command
    assert post(decode_command(posted), "other").digest == posted.digest


def check_digests(pair) -> None:
    """Equal contents have equal digests, and others have not."""
    one, other = pair
    assert (post(one, "id").digest == post(other, "id").digest) == (one == other)


def read(value: bytes) -> None:
    """Read bytes as everything that they might be; nothing but DecodeError may come of it."""
    with suppress(DecodeError):
        for posted in decode_commands(value).commands:
            with suppress(DecodeError):
                decode_command(posted)
    with suppress(DecodeError):
        record = decode_log(value)
        if isinstance(record, EventRecord):
            decode_event(record)
    for schema in (0, 1, 2):
        with suppress(DecodeError):
            decode_command(PostedCommand(id="x", digest="", schema=schema, body=msgspec.Raw(value)))


@pytest.mark.parametrize("type_", [type_ for type_, _ in EVENTS.values()], ids=EVENTS)
def test_every_event_survives_the_wire(type_):
    searched(40)(given(values_of(type_))(check_event))()


@pytest.mark.parametrize("type_", [type_ for type_, _ in COMMANDS.values()], ids=COMMANDS)
def test_every_command_survives_the_wire(type_):
    searched(40)(given(values_of(type_))(check_command))()


@searched(100)
@given(TEXT, st.integers(), TEXT)
def test_every_claim_survives_the_wire(owner, generation, rules):
    claim = PartitionClaim(owner=owner, generation=generation, rules=rules)
    assert decode_log(encode_claim(claim)) == claim


@searched(200)
@given(st.tuples(COMMAND, COMMAND))
def test_digests_tell_contents_apart(pair):
    check_digests(pair)


@searched(300)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_decode_error(value):
    read(value)


@searched(500)
@given(st.sampled_from(RECORDS), st.data())
def test_any_mutation_of_a_record_is_a_record_or_a_decode_error(value, data):
    mutated = bytearray(value)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mutated)))
        mutated[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    read(bytes(mutated))


@searched(200)
@given(st.sampled_from(RECORDS), st.data())
def test_any_json_in_place_of_a_field_is_a_record_or_a_decode_error(value, data):
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=5,
    )
    fields = json.loads(value)
    inner = next((fields[name] for name in ("data", "body") if name in fields), fields)
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(json_values)
    read(json.dumps(fields).encode())


@pytest.mark.parametrize("depth", [10, 900, 1100, 100_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"commands":[', b'{"data":'])
def test_deep_json_is_a_decode_error(opening, depth):
    with pytest.raises(DecodeError):
        decode_commands(opening * depth)
    with pytest.raises(DecodeError):
        decode_log(opening * depth)
    read(opening * depth)


def forgetting(message, field: str):
    """The message without what it had in a field."""
    return msgspec.structs.replace(message, **{field: None}) if hasattr(message, field) else message


class TestPlantedFaults:
    """Each check notices the fault that it is there for."""

    def test_an_event_that_loses_a_field(self, monkeypatch):
        decode = codec.decode_event
        monkeypatch.setitem(globals(), "decode_event", lambda record: forgetting(decode(record), "seats"))
        assert_notices(check_event, EVENT)

    def test_a_command_that_loses_a_field(self, monkeypatch):
        decode = codec.decode_command
        monkeypatch.setitem(globals(), "decode_command", lambda posted: forgetting(decode(posted), "section"))
        assert_notices(check_command, COMMAND)

    def test_a_digest_of_the_type_only(self, monkeypatch):
        monkeypatch.setattr(codec, "sha256", lambda body: sha256(body[:20]))
        assert_notices(check_digests, st.tuples(COMMAND, COMMAND))

    def test_an_error_of_another_kind(self, monkeypatch):
        def careless(value):
            return json.loads(value)["commands"]

        monkeypatch.setitem(globals(), "decode_commands", careless)
        assert_notices(read, st.binary(max_size=20), ValueError)
