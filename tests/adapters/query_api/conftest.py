"""The query API over a real mongod, with documents that a projector made of a sale; no Kafka."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.tokens import Role, issue_token
from projections.checkpoints import Checkpoints
from projections.documents import Document
from projections.entry import Batch
from projections.generations import Generations
from projections.judging import Judge
from projections.mongo_connection import connect as connect_projector
from projections.mongo_documents import MongoDocuments
from projections.patience import Patience
from projections.projector import Projector
from read_side.api.app import QueryApi
from read_side.api.serving import connect
from scenarios.stack.stack import Stack
from tests.log_writer import LogWriter

SECRET = "a secret that is long enough for HS256"
PARTITIONS = 3
QUOTA = 20
LIMITS = {Role.ORGANISER: QUOTA / 10}
"""QUOTA questions of each organiser in ten seconds; those of buyers are not counted."""


class Theatre:
    """A log, its documents in MongoDB and the API that reads them."""

    def __init__(self, database: AsyncDatabase[Document], api: QueryApi) -> None:
        self.database = database
        self.api = api
        self.log = LogWriter()
        self.log.time = int(time.time() * 1000)  # MongoDB drops outcomes of yesterday
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(api.app, raise_app_exceptions=False), base_url="http://theatre"
        )

    async def open(self, generation: int = 1) -> None:
        """Take part in the generation in force, or the one given."""
        await Generations(self.database).state(PARTITIONS)
        await Generations(self.database).prepare(generation, PARTITIONS)
        self._checkpoints = Checkpoints(self.database, generation)
        self._projector = Projector(MongoDocuments(self.database, generation), self._checkpoints, Patience())
        await self.api.read_models.look()

    async def project(self) -> None:
        """Project what the log has more than the checkpoint."""
        judge = Judge(0, (await self._checkpoints.positions(1))[0])
        batch = Batch([], {}, 0)
        position = judge.take(self.log.events[judge.next_offset :], batch.entries)
        assert position is not None
        batch.positions[0] = position
        await self._projector.project(batch)

    async def get(self, path: str, who: str | None = None, role: Role = Role.BUYER, **headers: str) -> httpx.Response:
        """Ask; header names may be written with underscores."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            told["Authorization"] = "Bearer " + issue_token(SECRET, who, role, 600)
        return await self._client.get(path, headers=told)

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self._client.request(method, path, **more)

    async def close(self) -> None:
        await self._client.aclose()


@asynccontextmanager
async def open_theatre(mongo: str) -> AsyncIterator[Theatre]:
    """A theatre with a database of its own, which is gone afterwards."""
    async with connect(mongo) as reading, connect_projector(mongo) as writing:
        name = f"theatre_{uuid4().hex}"
        theatre = Theatre(writing[name], QueryApi(reading[name], SECRET, LIMITS, CollectorRegistry()))
        await theatre.open()
        yield theatre
        await theatre.close()
        await writing.drop_database(name)


@pytest.fixture
async def theatre(servers: Stack) -> AsyncIterator[Theatre]:
    async with open_theatre(servers.mongo) as theatre:
        yield theatre
