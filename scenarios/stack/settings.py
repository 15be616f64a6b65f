"""What the launcher takes from the environment."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class StackSettings(BaseSettings):
    """`kafka` (bootstrap servers) and `mongo` (URI) name servers that already run; the stack then starts none of that
    kind. Without a token secret each stack folder gets a random one."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_", extra="ignore")

    kafka: str | None = None
    mongo: str | None = None
    mongo_database: str = "seatlog"
    token_secret: str | None = None


class GatewaySettings(BaseSettings):
    """The addresses behind the gateway, `http://host:port` each."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8080
    command_api: str = "http://127.0.0.1:8081"
    query_api: str = "http://127.0.0.1:8082"
    log_level: str = "INFO"
