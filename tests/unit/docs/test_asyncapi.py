"""docs/asyncapi.yaml is what the types say, and every golden sample is a message of it."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from contracts.codec import decode_commands, decode_log
from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.topics import TOPICS
from tests.asyncapi_document import CLAIM, COMMAND_RECORD, FILE, document, payload_schema, written
from tests.golden_values import SAMPLES

SENT = (COMMAND_RECORD, *EVENTS, CLAIM)


def sample(message: str) -> dict[str, Any]:
    names = {COMMAND_RECORD: "command-record.json", CLAIM: "partition-claim.v1.json"}
    path = SAMPLES / (names.get(message) or f"{message}.v{EVENTS[message][1]}.json")
    return json.loads(path.read_bytes())


def is_valid(message: str, payload: Any) -> bool:
    return jsonschema.Draft7Validator(payload_schema(message)).is_valid(payload)


def test_the_file_is_what_the_types_say():
    assert FILE.read_text(encoding="utf-8") == written(), "run `python -m tests.asyncapi_document`"


def test_a_change_of_a_type_is_noticed(monkeypatch):
    monkeypatch.delitem(EVENTS, "seats-held")
    assert FILE.read_text(encoding="utf-8") != written()


def test_it_names_every_topic_and_message():
    kept = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert {channel["address"] for channel in kept["channels"].values()} == {topic.name for topic in TOPICS}
    assert {*SENT, "dead-letter"} == kept["components"]["messages"].keys()


@pytest.mark.parametrize("message", SENT)
def test_its_schemas_are_schemas(message):
    jsonschema.Draft7Validator.check_schema(payload_schema(message))


@pytest.mark.parametrize("message", SENT)
def test_a_golden_sample_is_such_a_message_and_no_other(message):
    fitting = {each for each in SENT if is_valid(each, sample(message))}
    assert fitting == {message}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_golden_command_fits_into_a_command_record(name):
    record = sample(COMMAND_RECORD)
    record["commands"][0]["body"] = json.loads((SAMPLES / f"{name}.v{COMMANDS[name][1]}.json").read_bytes())
    decode_commands(json.dumps(record).encode())
    assert is_valid(COMMAND_RECORD, record)


@pytest.mark.parametrize("message", SENT)
def test_a_field_too_many_is_noticed(message):
    assert not is_valid(message, sample(message) | {"surprise": 1})


@pytest.mark.parametrize("name", EVENTS)
def test_data_of_another_shape_is_noticed(name):
    record = sample(name)
    decode_log(json.dumps(record).encode())
    record["data"] = record["data"] | {"surprise": 1}
    assert not is_valid(name, record)


def test_what_it_says_holds_for_its_own_references():
    text = json.dumps(document())
    for part, names in document()["components"].items():
        for name in names:
            assert f"#/components/{part}/{name}" in text, f"nobody refers to {name}"
