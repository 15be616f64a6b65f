"""Older schemas are brought up to today's, a step at a time, and only those that there is a step for."""

import msgspec
import pytest

from contracts.codec import UPCASTERS, DecodeError, decode_command, decode_event, decode_log
from contracts.commands import COMMANDS, HoldSeats, ReleaseHold
from contracts.records import PostedCommand
from tests.golden_values import EVENT_VALUES, SAMPLES


def posted(schema: int, **fields) -> PostedCommand:
    return PostedCommand(id="x", digest="", schema=schema, body=msgspec.Raw(msgspec.json.encode(fields)))


def event_of_schema(schema: int, **changes):
    fields = msgspec.json.decode((SAMPLES / "seats-released.v1.json").read_bytes())
    fields["schema"] = schema
    fields["data"] |= changes
    fields["data"] = {name: value for name, value in fields["data"].items() if value is not None}
    return decode_log(msgspec.json.encode(fields))


@pytest.fixture
def older_schemas(monkeypatch):
    """Schema -1 called the buyer `who` and schema 0 `person_id`, in this event and this command."""

    def rename(old: str, new: str):
        return lambda fields: {new if name == old else name: value for name, value in fields.items()}

    for name in ("seats-released", "release-hold"):
        monkeypatch.setitem(UPCASTERS, (name, -1), rename("who", "person_id"))
        monkeypatch.setitem(UPCASTERS, (name, 0), lambda fields: {"buyer_id": fields.pop("person_id")} | fields)


@pytest.mark.parametrize(("schema", "field"), [(-1, "who"), (0, "person_id"), (1, "buyer_id")])
def test_an_event_of_an_older_schema_is_read_as_todays(older_schemas, schema, field):
    record = event_of_schema(schema, **{"buyer_id": None, field: "buyer-ann"})
    assert decode_event(record) == EVENT_VALUES["seats-released"]


@pytest.mark.parametrize(("schema", "field"), [(-1, "who"), (0, "person_id"), (1, "buyer_id")])
def test_a_command_of_an_older_schema_is_read_as_todays(older_schemas, schema, field):
    command = decode_command(posted(schema, **{"type": "release-hold", "hold_id": "h", field: "ann"}))
    assert command == ReleaseHold(buyer_id="ann", hold_id="h")


def test_the_first_schema_is_upcast_too_once_there_is_a_second(monkeypatch):
    monkeypatch.setitem(COMMANDS, "hold-seats", (HoldSeats, 2))
    monkeypatch.setitem(UPCASTERS, ("hold-seats", 1), lambda fields: fields | {"seats": [fields["seats"]]})
    command = decode_command(posted(1, type="hold-seats", buyer_id="ann", seats="A-1-1"))
    assert command == HoldSeats(buyer_id="ann", seats=("A-1-1",))


@pytest.mark.parametrize("schema", [-2, 2])
def test_a_schema_without_a_step_is_unreadable(older_schemas, schema):
    with pytest.raises(DecodeError, match=f"seats-released of schema {schema} is not readable here"):
        decode_event(event_of_schema(schema))
    with pytest.raises(DecodeError, match=f"release-hold of schema {schema} is not readable here"):
        decode_command(posted(schema, type="release-hold"))


def test_data_that_a_step_cannot_read_is_unreadable(older_schemas):
    with pytest.raises(DecodeError, match="seats-released of schema 0 is not as that schema has it: KeyError"):
        decode_event(event_of_schema(0))


def test_data_that_is_no_good_after_the_last_step_is_unreadable(older_schemas):
    with pytest.raises(DecodeError, match="data of seats-released: Expected `str`"):
        decode_event(event_of_schema(0, person_id=7, buyer_id=None))
