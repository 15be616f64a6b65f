"""The table of services: what each runs, where it listens, what it needs first, how one knows that it is ready."""

import http.client
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from contracts.operations.production import Environment
from scenarios.stack import kafka_server, mongo_server
from scenarios.stack.guard import Guard
from scenarios.stack.kafka_cluster import cluster_id, is_broker, nodes
from scenarios.stack.kafka_jars import fetch_jars
from scenarios.stack.ports import LOOPBACK, Ports

PROJECT = Path(__file__).resolve().parents[2]
SERVERS = ("kafka", "mongo")
EVERYTHING = ("kafka", "mongo", "decider", "projector", "command-api", "query-api", "gateway")


STOP_SECONDS = 15.0
CLUSTER_STOP_SECONDS = 5.0
"""Brokers that stop together wait in vain for a controller to let the last of them go."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process to keep running.

    `prepare` runs before every start (format a disk, write a file), `missing` says what it still lacks to be ready,
    `answers` whether it gives any sign of life; a process without that is never taken for one that hangs.
    """

    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    missing: Callable[[], str | None]
    answers: Callable[[], bool] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    start_within: float = 60.0
    stop_within: float = STOP_SECONDS


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every process of one stack is told alike."""

    folder: Path
    kafka: str
    mongo: str
    mongo_database: str
    token_secret: str
    environment: Mapping[str, str]
    guard: Guard | None = None


MODULES: Mapping[str, str] = {
    "decider": "write_side.processor",
    "projector": "projections",
    "command-api": "write_side.api",
    "query-api": "read_side.api",
    "gateway": "scenarios.stack.gateway",
}


def is_server(name: str) -> bool:
    """Whether this is a process of Kafka or MongoDB, and not one of ours."""
    return is_broker(name) or name in SERVERS


def named(kind: str, deciders: int) -> tuple[str, ...]:
    """What the processes of a kind are called, so many deciders among them."""
    more = tuple(f"{kind}-{number}" for number in range(2, deciders + 1)) if kind == "decider" else ()
    return (kind, *more)


def kafka(folder: Path, ports: Ports, brokers: int = 1, guard: Guard | None = None) -> tuple[Service, ...]:
    """The brokers of a stack folder: one process each. The first to be prepared prepares them all, at once."""
    every = nodes(folder, ports, brokers)

    def prepare() -> None:
        fetch_jars()
        for node in every:
            kafka_server.write_properties(node, guard)
        kafka_server.format_storage(every, cluster_id(folder), guard)

    return tuple(
        Service(
            name=node.name,
            command=kafka_server.command(kafka_server.properties_file(node)),
            ports=(node.port, node.controller_port),
            missing=partial(kafka_missing, node.port, guard),
            environment=dict(os.environ),
            prepare=prepare,
            stop_within=STOP_SECONDS if brokers == 1 else CLUSTER_STOP_SECONDS,
        )
        for node in every
    )


def kafka_missing(port: int, guard: Guard | None) -> str | None:
    """None when the broker on this port is ready, else what it lacks."""
    if guard is None:
        return kafka_server.missing(LOOPBACK, port)
    return kafka_server.missing_behind_guard(port, guard)


def mongo_missing(port: int, guard: Guard | None, database: str) -> str | None:
    """None when the mongod on this port is ready, else what it lacks."""
    return mongo_server.missing(port) if guard is None else mongo_server.missing_behind_guard(port, guard, database)


def mongo(folder: Path, ports: Ports, database: str, guard: Guard | None = None) -> Service:
    port = ports["mongo"]
    return Service(
        name="mongo",
        command=mongo_server.command(folder / "mongo", port, guard),
        ports=(port,),
        missing=lambda: mongo_missing(port, guard, database),
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
        answers=lambda: is_alive(port),
        environment=shared_environment(site, kind) | _own_environment(kind, name, ports),
    )


def _own_environment(kind: str, name: str, ports: Ports) -> dict[str, str]:
    told = {"SEATLOG_HOST": LOOPBACK, "SEATLOG_PORT": str(ports[name])}
    if kind == "decider":
        told["SEATLOG_DECIDER_INSTANCE"] = name
    if kind == "gateway":
        told["SEATLOG_COMMAND_API"] = f"http://{LOOPBACK}:{ports['command-api']}"
        told["SEATLOG_QUERY_API"] = f"http://{LOOPBACK}:{ports['query-api']}"
    return told


def shared_environment(site: Site, user: str) -> dict[str, str]:
    """What every process of ours is told; in a secure stack also how to log in as this user."""
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "SEATLOG_ENVIRONMENT": Environment.DEVELOPMENT,
        "SEATLOG_KAFKA": site.kafka,
        "SEATLOG_MONGO": site.mongo,
        "SEATLOG_MONGO_DATABASE": site.mongo_database,
        "SEATLOG_TOKEN_SECRET": site.token_secret,
        **({} if site.guard is None else site.guard.environment(site.mongo, user)),
        **site.environment,
    }


def create_topics_command(partitions: int, copies: int) -> tuple[str, ...]:
    told = ("--partitions", str(partitions), "--replicas", str(copies))
    return (sys.executable, "-m", "contracts.operations", "create-topics", *told)


def grant_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "contracts.operations", "grant")


def not_ready(port: int, timeout: float = 2.0) -> str | None:
    """None when `GET /readyz` says 200, else what it says is missing."""
    try:
        status, body = _get(port, "/readyz", timeout)
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port} ({type(error).__name__})"
    return None if status == http.client.OK else f"it says {status}, missing {_listed(body)}"


def is_alive(port: int, timeout: float = 1.0) -> bool:
    """Whether `GET /healthz` is answered, by whatever."""
    try:
        _get(port, "/healthz", timeout)
    except (OSError, http.client.HTTPException):
        return False
    return True


def _get(port: int, path: str, timeout: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _listed(body: bytes) -> str:
    try:
        missing = json.loads(body)["missing"]
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
    return ", ".join(str(part) for part in missing)
