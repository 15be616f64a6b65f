"""The projector's settings, read from the environment by its composition root only."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.operations.kafka_access import KafkaSettings


class Settings(KafkaSettings, BaseSettings):
    """Each field is an environment variable with the prefix SEATLOG_."""

    model_config = SettingsConfigDict(env_prefix="SEATLOG_")

    mongo: str = "mongodb://127.0.0.1:27117/?replicaSet=seatlog"
    mongo_database: str = "seatlog"
    host: str = "127.0.0.1"
    port: int = 8084
    log_level: str = "INFO"
