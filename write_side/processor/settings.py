"""What a decider is told by its environment."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.kafka_access import KafkaSettings

SessionSeconds = Annotated[float, Field(ge=1, le=300)]


class Settings(KafkaSettings, BaseSettings):
    """Every variable has the prefix SEATLOG_."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_")

    host: str = "127.0.0.1"
    port: int = 8083
    log_level: str = "INFO"
    group: Annotated[str, Field(min_length=1)] = "seatlog-decider"
    decider_instance: Annotated[str, Field(min_length=1)] | None = None
    """A stable name lets a restarted decider have its partitions back without a rebalance; no two may share one."""
    succeeds: Annotated[int, Field(ge=1)] | None = None
    """The process id of the decider of the same instance name whose place this one takes, once it has read the log."""
    session_seconds: SessionSeconds = 6.0
    """A decider that has been silent for so long loses its partitions to another."""
    batch_records: Annotated[int, Field(ge=1, le=5000)] = 500
    linger_seconds: Annotated[float, Field(ge=0, le=1)] = 0.003
    """How long a busy decider waits for more commands before it appends; an idle one does not wait."""
    max_decisions_per_second: Annotated[float, Field(ge=1)] | None = None
    """A throttle for this process: above it, commands wait in the log. None: as many as it can."""
