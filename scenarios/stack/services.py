"""The table of services: what each runs, where it listens, what it needs first, how one knows that it is ready."""

import http.client
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.operations.production import Environment
from scenarios.stack import kafka_server, mongo_server
from scenarios.stack.kafka_jars import fetch_jars
from scenarios.stack.ports import LOOPBACK, Ports

PROJECT = Path(__file__).resolve().parents[2]
SERVERS = ("kafka", "mongo")
EVERYTHING = ("kafka", "mongo", "decider", "projector", "command-api", "query-api", "gateway")


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process to keep running.

    `prepare` runs before every start (format a disk, write a file), `missing` says what it still lacks to be ready.
    """

    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    missing: Callable[[], str | None]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    start_within: float = 60.0
    stop_within: float = 15.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every process of one stack is told alike."""

    folder: Path
    kafka: str
    mongo: str
    mongo_database: str
    token_secret: str
    environment: Mapping[str, str]


MODULES: Mapping[str, str] = {
    "decider": "write_side.processor",
    "projector": "projections",
    "command-api": "write_side.api",
    "query-api": "read_side.api",
    "gateway": "scenarios.stack.gateway",
}


def kafka(folder: Path, ports: Ports) -> Service:
    port, controller = ports["kafka"], ports["kafka-controller"]
    home = folder / "kafka"

    def prepare() -> None:
        fetch_jars()
        kafka_server.format_storage(home, kafka_server.write_properties(home, port, controller))

    return Service(
        name="kafka",
        command=kafka_server.command(home / "server.properties"),
        ports=(port, controller),
        missing=lambda: kafka_server.missing(LOOPBACK, port),
        environment=dict(os.environ),
        prepare=prepare,
    )


def mongo(folder: Path, ports: Ports) -> Service:
    port = ports["mongo"]
    return Service(
        name="mongo",
        command=mongo_server.command(folder / "mongo", port),
        ports=(port,),
        missing=lambda: mongo_server.missing(port),
        environment=dict(os.environ),
        prepare=lambda: (folder / "mongo" / "data").mkdir(parents=True, exist_ok=True),
    )


def python_service(kind: str, name: str, site: Site, ports: Ports, module: str | None = None) -> Service:
    """A process of ours. `kind` picks the module unless one is given, `name` tells several of one kind apart."""
    port = ports[name]
    return Service(
        name=name,
        command=(sys.executable, "-m", module or MODULES[kind]),
        ports=(port,),
        missing=lambda: not_ready(port),
        environment=shared_environment(site) | _own_environment(kind, name, ports),
    )


def _own_environment(kind: str, name: str, ports: Ports) -> dict[str, str]:
    told = {"SEATLOG_HOST": LOOPBACK, "SEATLOG_PORT": str(ports[name])}
    if kind == "decider":
        told["SEATLOG_DECIDER_INSTANCE"] = name
    if kind == "gateway":
        told["SEATLOG_COMMAND_API"] = f"http://{LOOPBACK}:{ports['command-api']}"
        told["SEATLOG_QUERY_API"] = f"http://{LOOPBACK}:{ports['query-api']}"
    return told


def shared_environment(site: Site) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "SEATLOG_ENVIRONMENT": Environment.DEVELOPMENT,
        "SEATLOG_KAFKA": site.kafka,
        "SEATLOG_MONGO": site.mongo,
        "SEATLOG_MONGO_DATABASE": site.mongo_database,
        "SEATLOG_TOKEN_SECRET": site.token_secret,
        **site.environment,
    }


def create_topics_command(partitions: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "contracts.operations", "create-topics", "--partitions", str(partitions))


def not_ready(port: int, timeout: float = 2.0) -> str | None:
    """None when `GET /readyz` says 200, else what it says is missing."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port} ({type(error).__name__})"
    finally:
        connection.close()
    return None if response.status == http.client.OK else f"it says {response.status}, missing {_listed(body)}"


def _listed(body: bytes) -> str:
    try:
        missing = json.loads(body)["missing"]
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
    return ", ".join(str(part) for part in missing)
