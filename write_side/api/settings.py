"""What the command API is told by its environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.kafka_access import KafkaSettings
from contracts.operations.tokens import SECRET_BYTES_LEAST, Role
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
    answer_within_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Commands that would wait longer than this for their answer are refused with 503."""
    queued_commands: Annotated[int, Field(ge=1)] = 100_000
    """So many commands of one partition are taken while nobody decides for it; more are refused with 503."""
    buyer_requests_per_second: Annotated[float, Field(ge=0, le=1e6)] = 50.0
    """What one buyer may send on and on, and ten times as many at once; 0 is no limit. Each node counts for itself."""
    organiser_requests_per_second: Annotated[float, Field(ge=0, le=1e6)] = 200.0
    """The same for one organiser."""
    kafka_patience_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How long a starting process waits for Kafka and its topics."""

    def requests_per_second(self) -> dict[Role, float]:
        """The rate limits by role."""
        return {Role.BUYER: self.buyer_requests_per_second, Role.ORGANISER: self.organiser_requests_per_second}
