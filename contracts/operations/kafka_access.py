"""How a process comes to Kafka: where it is, over what, and as whom."""

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from contracts.operations.production import Environment, demand_production

Protocol = Literal["PLAINTEXT", "SASL_SSL"]
MECHANISM: Final = "SCRAM-SHA-512"
LOCAL_KAFKA: Final = "127.0.0.1:29092"
_ADDRESS: Final = re.compile(r"(\[[^\]]+\]|[^:\[\]]+):([0-9]{1,5})")
"""A name, an IPv4 address or an IPv6 address in brackets; and a port."""


class AccessUnfit(ValueError):
    """What was set cannot be used to come to Kafka; the message names the variable."""


class LeavesAtOnce(ssl.SSLObject):
    """One side of a TLS connection, which says that it goes and does not wait for the other to say so too.

    A broker that still has a fetch of ours to answer does not, and event loops wait 30 s for it. RFC 8446, 6.1, lets
    each side go by itself.
    """

    def unwrap(self) -> None:
        """Write the farewell."""
        with suppress(ssl.SSLWantReadError):
            super().unwrap()


@dataclass(frozen=True, kw_only=True)
class KafkaAccess:
    """`servers` are `host:port` by commas. With SASL_SSL, user and password are needed; without `ca_file` (PEM) the
    system's authorities vouch for the brokers. `lasting` demands topics that outlive the loss of a broker."""

    servers: str
    protocol: Protocol = "PLAINTEXT"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    lasting: bool = False

    def __post_init__(self) -> None:
        """Raises AccessUnfit when parts of it contradict each other, or an address is none."""
        for server in self.servers.split(","):
            if not _ADDRESS.fullmatch(server.strip()):
                raise AccessUnfit(f"SEATLOG_KAFKA: {server!r} is not host:port")
        named = self.username is not None and self.password is not None
        if self.protocol == "SASL_SSL" and not named:
            raise AccessUnfit(
                "SEATLOG_KAFKA_SECURITY_PROTOCOL is SASL_SSL: "
                "SEATLOG_KAFKA_SASL_USERNAME and SEATLOG_KAFKA_SASL_PASSWORD are needed too"
            )
        if self.protocol == "PLAINTEXT" and (self.username, self.password, self.ca_file) != (None, None, None):
            raise AccessUnfit(
                "SEATLOG_KAFKA_SECURITY_PROTOCOL is PLAINTEXT: user, password and certificate would not be used; "
                "set it to SASL_SSL"
            )
        if self.ca_file is not None and not self.ca_file.is_file():
            raise AccessUnfit(f"SEATLOG_KAFKA_CA_FILE: there is no file {self.ca_file}")

    def __str__(self) -> str:
        return self.servers

    def fault(self) -> str | None:
        """Why this is not fit for production, or None."""
        if self.protocol == "SASL_SSL":
            return None
        return "SEATLOG_KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which lets everybody in; set it to SASL_SSL"

    def ssl_context(self) -> ssl.SSLContext | None:
        """Demands a certificate for the broker's name or address; None without TLS. Raises AccessUnfit."""
        if self.protocol == "PLAINTEXT":
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except ssl.SSLError as error:
            raise AccessUnfit(f"SEATLOG_KAFKA_CA_FILE: {self.ca_file} holds no certificate in PEM") from error
        context.sslobject_class = LeavesAtOnce
        return context


Kafka = KafkaAccess | str
"""A plain address is one that lets everybody in."""


class KafkaSettings:
    """The variables of every process that comes to Kafka: a pydantic-settings class with the prefix SEATLOG_ takes them
    over by inheriting from this too."""

    environment: Environment = Environment.PRODUCTION
    kafka: str = LOCAL_KAFKA
    kafka_security_protocol: Protocol = "PLAINTEXT"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ca_file: Path | None = None

    def kafka_access(self) -> KafkaAccess:
        """Raises AccessUnfit."""
        return KafkaAccess(
            servers=self.kafka,
            protocol=self.kafka_security_protocol,
            username=self.kafka_sasl_username,
            password=self.kafka_sasl_password,
            ca_file=self.kafka_ca_file,
            lasting=self.environment is Environment.PRODUCTION,
        )


def fit_access(process: str, settings: KafkaSettings, *faults: str | None) -> KafkaAccess:
    """The access of a process that is about to start. Contradictions, and outside development these faults and its own,
    end the process with a sentence."""
    try:
        kafka = settings.kafka_access()
        kafka.ssl_context()
    except AccessUnfit as error:
        raise SystemExit(f"{process}: {error}") from error
    demand_production(process, settings.environment, kafka.fault(), *faults)
    return kafka


def access_from_environment(servers: str, variables: Mapping[str, str], *, lasting: bool = False) -> KafkaAccess:
    """What a tool at the shell takes: the variables of KafkaSettings but for the address. Raises AccessUnfit.

    A tool that only looks has no say in how topics are kept; for others, `lasting` holds outside development.
    """
    protocol = variables.get("SEATLOG_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
    if protocol not in ("PLAINTEXT", "SASL_SSL"):
        raise AccessUnfit(f"SEATLOG_KAFKA_SECURITY_PROTOCOL is {protocol!r}, but must be PLAINTEXT or SASL_SSL")
    ca_file = variables.get("SEATLOG_KAFKA_CA_FILE")
    return KafkaAccess(
        servers=servers,
        protocol="SASL_SSL" if protocol == "SASL_SSL" else "PLAINTEXT",
        username=variables.get("SEATLOG_KAFKA_SASL_USERNAME"),
        password=variables.get("SEATLOG_KAFKA_SASL_PASSWORD"),
        ca_file=None if ca_file is None else Path(ca_file),
        lasting=lasting and variables.get("SEATLOG_ENVIRONMENT") != Environment.DEVELOPMENT,
    )


def client_settings(kafka: Kafka) -> Mapping[str, object]:
    """Keyword arguments of every aiokafka client. Raises AccessUnfit."""
    if isinstance(kafka, str):
        return {"bootstrap_servers": kafka}
    if kafka.protocol == "PLAINTEXT":
        return {"bootstrap_servers": kafka.servers}
    return {
        "bootstrap_servers": kafka.servers,
        "security_protocol": kafka.protocol,
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": kafka.username,
        "sasl_plain_password": kafka.password,
        "ssl_context": kafka.ssl_context(),
    }
