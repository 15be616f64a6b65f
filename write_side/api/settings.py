"""What the command API is told by its environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.kafka_access import KafkaSettings
from contracts.operations.tokens import SECRET_BYTES_LEAST
from write_side.api.circuit import SILENCE_SECONDS


class CommandApiSettings(KafkaSettings, BaseSettings):
    """Environment variables with the prefix SEATLOG_. Raises pydantic's ValidationError, naming the variable."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_", frozen=True)

    token_secret: Annotated[SecretStr, Field(min_length=SECRET_BYTES_LEAST)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8081
    log_level: str = "INFO"
    group_milliseconds: Annotated[float, Field(ge=0, le=50)] = 3.0
    """How long the first command of a group waits for others to the same partition."""
    commands_under_way: Annotated[int, Field(ge=1)] = 20_000
    """Beyond this many, commands are refused with 503 before they are handed to Kafka."""
    silence_seconds: Annotated[float, Field(ge=0.5, le=60)] = SILENCE_SECONDS
    """A partition that owes events and has given none for so long is told of with 202 at once."""
    kafka_patience_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How long a starting process waits for Kafka and its topics."""
