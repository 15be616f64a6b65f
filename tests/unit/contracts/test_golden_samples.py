"""What lies in a log for years is read as it was meant, and today's code writes the same bytes."""

import msgspec
import pytest

from contracts.codec import command_name, decode_command, decode_commands, decode_event, decode_log, event_name
from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.records import EventRecord, PartitionClaim, PostedCommand
from tests.golden_values import (
    CLAIM,
    COMMAND_RECORD,
    COMMAND_VALUES,
    EVENT_RECORD_FIELDS,
    EVENT_VALUES,
    REPAIRED_CLAIM,
    SAMPLES,
    samples,
)

NEEDED = {
    "command-record.json",
    "partition-claim.v1.json",
    "partition-claim-repaired.v1.json",
    *(f"{name}.v{schema}.json" for name, (_, schema) in (COMMANDS | EVENTS).items()),
}


def test_every_type_has_a_sample_and_a_value():
    assert {path.name for path in SAMPLES.iterdir()} >= NEEDED
    assert samples().keys() == NEEDED


def test_a_type_without_a_sample_is_noticed(monkeypatch):
    monkeypatch.setitem(COMMANDS, "pause-sale", (type(COMMAND_VALUES["hold-seats"]), 1))
    assert samples().keys() != NEEDED | {"pause-sale.v1.json"}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_todays_code_writes_the_golden_bytes(name):
    assert samples()[name] == (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_golden_command_is_read_as_it_was_meant(name):
    body = (SAMPLES / f"{name}.v{COMMANDS[name][1]}.json").read_bytes()
    posted = PostedCommand(id="x", digest="", schema=COMMANDS[name][1], body=msgspec.Raw(body))
    command = decode_command(posted)
    assert command == COMMAND_VALUES[name]
    assert command_name(command) == name


@pytest.mark.parametrize("name", EVENTS)
def test_a_golden_event_is_read_as_it_was_meant(name):
    record = decode_log((SAMPLES / f"{name}.v{EVENTS[name][1]}.json").read_bytes())
    assert type(record) is EventRecord
    assert (record.type, record.schema) == (name, EVENTS[name][1])
    assert {field: getattr(record, field) for field in EVENT_RECORD_FIELDS} == EVENT_RECORD_FIELDS
    event = decode_event(record)
    assert event == EVENT_VALUES[name]
    assert event_name(event) == name


@pytest.mark.parametrize(
    ("name", "meant"), [("partition-claim.v1.json", CLAIM), ("partition-claim-repaired.v1.json", REPAIRED_CLAIM)]
)
def test_a_golden_claim_is_read_as_it_was_meant(name, meant):
    claim = decode_log((SAMPLES / name).read_bytes())
    assert type(claim) is PartitionClaim
    assert claim == meant


def test_the_golden_command_record_is_read_as_it_was_meant():
    record = decode_commands((SAMPLES / "command-record.json").read_bytes())
    assert (record.show_id, len(record.commands)) == (COMMAND_RECORD.show_id, 2)
    for read, meant in zip(record.commands, COMMAND_RECORD.commands, strict=True):
        assert (read.id, read.digest, read.schema, read.traceparent) == (
            meant.id,
            meant.digest,
            meant.schema,
            meant.traceparent,
        )
        assert bytes(read.body) == bytes(meant.body)
