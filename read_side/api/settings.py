"""What the query API is told by its environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.production import Environment
from contracts.operations.tokens import SECRET_BYTES_LEAST, Role


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
    buyer_requests_per_second: Annotated[float, Field(ge=0, le=1e6)] = 50.0
    """What one buyer may ask on and on, and ten times as many at once; 0 is no limit. Each node counts for itself."""
    organiser_requests_per_second: Annotated[float, Field(ge=0, le=1e6)] = 200.0
    """The same for one organiser."""

    def requests_per_second(self) -> dict[Role, float]:
        """The rate limits by role."""
        return {Role.BUYER: self.buyer_requests_per_second, Role.ORGANISER: self.organiser_requests_per_second}
