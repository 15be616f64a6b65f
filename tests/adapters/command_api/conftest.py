"""A real Kafka and real command API processes, with a stand-in decider in the test's own process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People
from tests.stand_in_decider import StandInDecider, stand_in_decider


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and one command API for all tests here that do not hurt them."""
    with Stack.start(
        tmp_path_factory.mktemp("command-api"), services=("kafka", "command-api"), supervised=False
    ) as stack:
        yield stack


@pytest.fixture
async def decider(kafka: Stack) -> AsyncIterator[StandInDecider]:
    async with stand_in_decider(kafka.kafka) as decider:
        yield decider


@pytest.fixture
async def people(kafka: Stack) -> AsyncIterator[People]:
    async with People(kafka.url("command-api"), kafka.token_secret) as people:
        yield people
