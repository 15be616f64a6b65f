"""Real servers for the tests that need them."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from scenarios.stack.ports import Ports
from scenarios.stack.services import SERVERS
from scenarios.stack.stack import Stack
from scenarios.stack.supervision import Restarts


class StartStack(Protocol):
    """The `start_stack` fixture: a fresh stack on free ports, unsupervised unless told otherwise."""

    def __call__(
        self,
        services: Sequence[str] = SERVERS,
        *,
        supervised: bool = False,
        environment: Mapping[str, str] | None = None,
        partitions: int = 3,
        ports: Ports | None = None,
        restarts: Restarts | None = None,
        brokers: int = 1,
        deciders: int = 1,
    ) -> Stack: ...


def _forget_data(folder: Path) -> None:
    """Keep the logs for whoever looks into a failure, not the megabytes beside them."""
    for data in [*folder.glob("kafka*/data"), *folder.glob("mongo/data")]:
        shutil.rmtree(data)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and mongod for the whole run. Whoever shares them finds what others put into the topics,
    takes a database of its own (`SEATLOG_MONGO_DATABASE`) and never kills them."""
    folder = tmp_path_factory.mktemp("servers")
    with Stack.start(folder, services=SERVERS) as stack:
        yield stack
    _forget_data(folder)


@pytest.fixture
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStack]:
    """Start stacks of this test's own, which it may hurt; they are stopped at its end."""
    started: list[Stack] = []

    def start(
        services: Sequence[str] = SERVERS,
        *,
        supervised: bool = False,
        environment: Mapping[str, str] | None = None,
        partitions: int = 3,
        ports: Ports | None = None,
        restarts: Restarts | None = None,
        brokers: int = 1,
        deciders: int = 1,
    ) -> Stack:
        stack = Stack.start(
            tmp_path_factory.mktemp("stack"),
            services=services,
            supervised=supervised,
            environment=environment,
            partitions=partitions,
            ports=ports,
            restarts=restarts,
            brokers=brokers,
            deciders=deciders,
        )
        started.append(stack)
        return stack

    yield start
    for stack in started:
        stack.stop()
        _forget_data(stack.folder)
