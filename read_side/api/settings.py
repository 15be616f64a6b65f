"""What the query API is told by its environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.production import Environment
from contracts.operations.tokens import SECRET_BYTES_LEAST


class QueryApiSettings(BaseSettings):
    """Environment variables with the prefix SEATLOG_. Raises pydantic's ValidationError, naming the variable."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_", frozen=True)

    environment: Environment = Environment.PRODUCTION
    mongo: str = "mongodb://127.0.0.1:27117/?replicaSet=seatlog"
    mongo_database: str = "seatlog"
    token_secret: Annotated[SecretStr, Field(min_length=SECRET_BYTES_LEAST)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8082
    log_level: str = "INFO"
