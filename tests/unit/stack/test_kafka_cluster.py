"""Three brokers of one cluster: what each is called, told, and asked."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scenarios.stack import kafka_server, services
from scenarios.stack.failure import StackFailure
from scenarios.stack.kafka_cluster import bootstrap, broker_names, cluster_id, demand_same_cluster, is_broker, nodes
from scenarios.stack.ports import PEOPLE, Ports


def told(folder: Path, number: int, brokers: int) -> dict[str, str]:
    node = nodes(folder, Ports.people(), brokers)[number - 1]
    lines = kafka_server.write_properties(node).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_one_broker_is_called_and_listens_as_ever(tmp_path: Path) -> None:
    properties = told(tmp_path, 1, 1)
    assert broker_names(1) == ("kafka",)
    assert bootstrap(Ports.people(), 1) == "127.0.0.1:29092"
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:29093"
    assert properties["log.dirs"] == str(tmp_path / "kafka" / "data")
    assert (properties["offsets.topic.replication.factor"], properties["min.insync.replicas"]) == ("1", "1")


def test_three_brokers_know_each_other_and_share_nothing(tmp_path: Path) -> None:
    all_three = [told(tmp_path, number, 3) for number in (1, 2, 3)]
    assert bootstrap(Ports.people(), 3) == "127.0.0.1:29092,127.0.0.1:29094,127.0.0.1:29096"
    assert {each["controller.quorum.voters"] for each in all_three} == {
        "1@127.0.0.1:29093,2@127.0.0.1:29095,3@127.0.0.1:29097"
    }
    for own in ("node.id", "listeners", "advertised.listeners", "log.dirs"):
        assert len({each[own] for each in all_three}) == 3, own


@pytest.mark.parametrize(
    "name",
    ["default", "offsets.topic", "transaction.state.log", "share.coordinator.state.topic"],
)
def test_of_three_brokers_each_topic_has_a_copy_and_may_miss_one(tmp_path: Path, name: str) -> None:
    properties = told(tmp_path, 1, 3)
    assert properties[f"{name}.replication.factor"] == "3"
    assert properties.get(f"{name}.min.isr", properties["min.insync.replicas"]) == "2"


def test_the_topics_are_created_with_as_many_copies() -> None:
    assert services.create_topics_command(6, 3)[-4:] == ("--partitions", "6", "--replicas", "3")


def test_names_tell_servers_from_our_processes() -> None:
    assert [name for name in PEOPLE if is_broker(name)] == ["kafka", "kafka-1", "kafka-2", "kafka-3"]
    assert services.is_server("kafka-3")
    assert services.is_server("mongo")
    assert not services.is_server("decider-2")
    assert services.named("decider", 3) == ("decider", "decider-2", "decider-3")
    assert services.named("projector", 3) == ("projector",)


def test_the_cluster_has_one_id(tmp_path: Path) -> None:
    assert cluster_id(tmp_path) == cluster_id(tmp_path)
    assert len(cluster_id(tmp_path)) == 22


@pytest.mark.parametrize(("there", "wanted"), [(1, 3), (3, 1)])
def test_data_of_another_number_of_brokers_are_not_passed_over(tmp_path: Path, there: int, wanted: int) -> None:
    for name in broker_names(there):
        (tmp_path / name / "data").mkdir(parents=True)
    demand_same_cluster(tmp_path, there)
    with pytest.raises(StackFailure, match=f"BROKERS={there}, or forget"):
        demand_same_cluster(tmp_path, wanted)


@contextmanager
def broker_that_knows(*live_ports: int) -> Iterator[int]:
    """A stand-in that answers one metadata request with these brokers, and with itself if 0 is among them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        brokers = b"".join(
            struct.pack(">ih9sih", number, 9, b"127.0.0.1", known or port, -1)
            for number, known in enumerate(live_ports)
        )
        body = struct.pack(">ii", 1, len(live_ports)) + brokers + struct.pack(">ii", 1, 0)

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(struct.pack(">i", len(body)) + body)

        thread = threading.Thread(target=answer)
        thread.start()
        yield port
        thread.join(5)


@pytest.mark.parametrize(
    ("live", "said"), [((1, 0, 2), None), ((1, 2), "the broker is not yet registered"), ((), "the broker is not yet")]
)
def test_a_broker_is_ready_when_it_is_itself_among_the_live_ones(live: tuple[int, ...], said: str | None) -> None:
    with broker_that_knows(*live) as port:
        missing = kafka_server.missing("127.0.0.1", port)
    assert missing is None if said is None else said in str(missing)
