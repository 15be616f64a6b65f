"""Which brokers a stack runs: one called `kafka`, or several called `kafka-1`, `kafka-2`, … that are one cluster.

Each is a controller too, so that a cluster of three goes on deciding who leads when one is lost.
"""

import base64
import uuid
from pathlib import Path
from typing import Final, NamedTuple

from scenarios.stack.failure import StackFailure
from scenarios.stack.ports import LOOPBACK, Ports

ALONE: Final = "kafka"
MOST_BROKERS: Final = 5
MOST_COPIES: Final = 3
"""Of a record. More brokers than that share the partitions between them."""


class Node(NamedTuple):
    """One broker. `voters` is `number@host:port` of every controller of its cluster, by commas."""

    name: str
    number: int
    folder: Path
    port: int
    controller_port: int
    voters: str
    copies: int


def broker_names(brokers: int) -> tuple[str, ...]:
    """What the processes of so many brokers are called."""
    return (ALONE,) if brokers == 1 else tuple(f"{ALONE}-{number}" for number in range(1, brokers + 1))


def is_broker(name: str) -> bool:
    """Whether a process of this name is a broker."""
    return name == ALONE or name.removeprefix(f"{ALONE}-").isdigit()


def copies_of(brokers: int) -> int:
    """How many brokers keep each record."""
    return min(brokers, MOST_COPIES)


def bootstrap(ports: Ports, brokers: int) -> str:
    """Every broker as `host:port`, by commas: any of them may be the one that is lost."""
    return ",".join(f"{LOOPBACK}:{ports[name]}" for name in broker_names(brokers))


def nodes(folder: Path, ports: Ports, brokers: int) -> tuple[Node, ...]:
    """The brokers of a stack folder."""
    names = broker_names(brokers)
    controllers = {name: ports[f"{name}-controller"] for name in names}
    voters = ",".join(f"{number}@{LOOPBACK}:{controllers[name]}" for number, name in enumerate(names, start=1))
    return tuple(
        Node(name, number, folder / name, ports[name], controllers[name], voters, copies_of(brokers))
        for number, name in enumerate(names, start=1)
    )


def demand_same_cluster(folder: Path, brokers: int) -> None:
    """Raises StackFailure when the folder holds the data of another number of brokers: they would look lost."""
    wanted = set(broker_names(brokers))
    found = {data.parent.name for data in folder.glob(f"{ALONE}*/data") if is_broker(data.parent.name)}
    if found and found != wanted:
        raise StackFailure(
            f"{folder} holds the data of {len(found)} Kafka broker(s), not of {brokers}: "
            f"start it with BROKERS={len(found)}, or forget its data with `make reset`."
        )


def cluster_id(folder: Path) -> str:
    """The id that the brokers of a stack folder share, made when it is asked for first."""
    file = folder / "kafka-cluster-id"
    if not file.exists():
        file.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="), encoding="utf-8")
    return file.read_text(encoding="utf-8")
