"""The AsyncAPI 3 description of the topics, made from the types of `contracts`.

`python -m tests.asyncapi_document` writes docs/asyncapi.yaml; a test holds that file to what is made here.
"""

import inspect
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.limits import COMMANDS_PER_RECORD, DEAD_LETTER_BYTES, MESSAGE_BYTES
from contracts.records import CommandRecord, EventRecord, PartitionClaim
from contracts.topics import COMMANDS as COMMANDS_TOPIC
from contracts.topics import DEAD_LETTERS, TOPICS
from contracts.topics import EVENTS as EVENTS_TOPIC

FILE: Final = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"
COMMAND_RECORD: Final = "command-record"
CLAIM: Final = "partition-claimed"
_REFERENCE: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Seatlog's topics",
            "version": "0.1.0",
            "description": "Every record is UTF-8 JSON; its key is the show's id. The partition of a show is "
            "crc32(show_id) modulo the number of partitions. Made by `python -m tests.asyncapi_document`.",
        },
        "defaultContentType": _JSON,
        "channels": {
            "commands": _channel(COMMANDS_TOPIC, "What was asked, before it is judged.", [COMMAND_RECORD]),
            "events": _channel(EVENTS_TOPIC, "What became of it, and claims: the truth.", [*EVENTS, CLAIM]),
            "deadLetters": _channel(DEAD_LETTERS, "Copies of what could not be judged.", ["dead-letter"]),
        },
        "operations": {
            "recordCommands": _operation("send", "commands", "The command API, and the decider's clock."),
            "judgeCommands": _operation("receive", "commands", "The decider; the replay tool."),
            "recordEvents": _operation("send", "events", "The decider that holds the partition's claim."),
            "readEvents": _operation("receive", "events", "Deciders, the command API, projections, the replay tool."),
            "keepDeadLetters": _operation("send", "deadLetters", "The decider."),
        },
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def written() -> str:
    """The document as it is kept."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)


def payload_schema(message: str) -> dict[str, Any]:
    """The JSON schema of one message's payload, whole in itself."""
    made = document()["components"]
    return {**made["messages"][message]["payload"], "components": {"schemas": made["schemas"]}}


def _channel(topic: str, says: str, messages: list[str]) -> dict[str, Any]:
    settings = next(each.settings for each in TOPICS if each.name == topic)
    return {
        "address": topic,
        "description": f"{says} Kept for ever; at most {MESSAGE_BYTES} bytes a record.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic,
                "topicConfiguration": {
                    "cleanup.policy": [settings["cleanup.policy"]],
                    "retention.ms": int(settings["retention.ms"]),
                    "retention.bytes": int(settings["retention.bytes"]),
                    "max.message.bytes": MESSAGE_BYTES,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(action: str, channel: str, who: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": who}


def _messages() -> dict[str, Any]:
    told: dict[str, Any] = {
        COMMAND_RECORD: _message(f"1 to {COMMANDS_PER_RECORD} commands to one show.", _ref("CommandRecord"))
    }
    for name, (kind, schema) in EVENTS.items():
        record = {"properties": {"type": {"const": name}, "schema": {"const": schema}, "data": _ref(kind.__name__)}}
        told[name] = _message(_first_line(kind), {"allOf": [_ref("EventRecord"), record]})
    told[CLAIM] = _message(_first_line(PartitionClaim), _ref("PartitionClaim"))
    told["dead-letter"] = {
        "summary": f"The first {DEAD_LETTER_BYTES} bytes of the command record, as they were.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "required": ["reason", "origin"],
            "properties": {
                "reason": {"type": "string"},
                "origin": {"type": "string", "description": "topic/partition/offset/index"},
            },
        },
        "payload": {"type": "string", "format": "binary"},
    }
    return told


def _schemas() -> dict[str, Any]:
    types = [CommandRecord, EventRecord, PartitionClaim, *(kind for kind, _ in (COMMANDS | EVENTS).values())]
    _, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    schemas: dict[str, Any] = {name: _as_draft_7(schema) for name, schema in components.items()}
    bodies = [_ref(kind.__name__) for kind, _ in COMMANDS.values()]
    schemas["PostedCommand"]["properties"]["body"] = {"oneOf": bodies}
    schemas["CommandRecord"]["properties"]["commands"] |= {"minItems": 1, "maxItems": COMMANDS_PER_RECORD}
    return dict(sorted(schemas.items()))


def _as_draft_7(schema: Any) -> Any:
    """AsyncAPI's schemas are JSON Schema draft 7, where a tuple's parts are its `items`."""
    if isinstance(schema, list):
        return [_as_draft_7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _as_draft_7(each) for name, each in schema.items()}
    if "prefixItems" in made:
        made |= {"items": made.pop("prefixItems"), "additionalItems": False}
    if isinstance(made.get("description"), str):
        made["description"] = inspect.cleandoc(made["description"])
    return made


def _message(summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "contentType": _JSON, "payload": payload}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=name)}


def _first_line(kind: type[object]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\n", 1)[0]


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
