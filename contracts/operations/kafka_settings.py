"""One setting of one topic, changed while all others stay.

aiokafka's `alter_configs` is Kafka's AlterConfigs, which replaces everything that was set for the topic: what one has
not read, or read a moment too early, is lost. IncrementalAlterConfigs (KIP-339) is not in aiokafka.
"""

from enum import IntEnum
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from contracts.operations.kafka import AccessRefused, TopicsUnfit
from contracts.operations.kafka_access import Kafka, client_settings

_API_KEY: Final = 44
_TOPIC: Final = 2
_TEXT: Final = String("utf-8")
_NOT_ALLOWED: Final = 29


class _Change(IntEnum):
    SET = 0
    DELETE = 1


class _Answer(Response):  # type: ignore[misc] # aiokafka's classes are untyped here
    API_KEY = _API_KEY
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("responses", Array(("error_code", Int16), ("error_message", _TEXT), ("type", Int8), ("name", _TEXT))),
    )


class _Question(RequestStruct):  # type: ignore[misc] # aiokafka's classes are untyped here
    API_KEY = _API_KEY
    API_VERSION = 0
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("type", Int8),
                ("name", _TEXT),
                ("configs", Array(("name", _TEXT), ("operation", Int8), ("value", _TEXT))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _ChangeSetting(Request[_Question]):  # type: ignore[misc] # aiokafka's classes are untyped here
    API_KEY = _API_KEY

    def __init__(self, topic: str, name: str, value: str | None) -> None:
        change = _Change.DELETE if value is None else _Change.SET
        self._resources = [(_TOPIC, topic, [(name, change, value)])]

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(self._resources, False)


async def change_setting(kafka: Kafka, topic: str, name: str, value: str | None) -> None:
    """Set it; with None, let it be what the broker does by default. The brokers learn of it a little later.

    Raises TopicsUnfit if Kafka refuses, and KafkaError.
    """
    client = AIOKafkaClient(**client_settings(kafka))
    try:
        await client.bootstrap()
        answer = await client.send(client.get_random_node(), _ChangeSetting(topic, name, value))
    finally:
        await client.close()
    for code, message, *_ in answer.responses:
        if code == _NOT_ALLOWED:
            raise AccessRefused(f"Kafka does not let this user change {name} of topic {topic}")
        if code:
            raise TopicsUnfit(f"topic {topic}: {name} could not be changed: Kafka error {code} {message or ''}")
