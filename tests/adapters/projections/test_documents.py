"""What projections ask of documents holds in memory and in MongoDB alike."""

from collections.abc import AsyncIterator

import pytest
from pymongo import AsyncMongoClient

from contracts.read_models import SHOWS
from projections.documents import Change, Document, Documents, Writes
from projections.mongo_connection import connect
from projections.mongo_documents import COMMAND_BYTES, MongoDocuments
from scenarios.stack.stack import Stack
from tests.documents_in_memory import MemoryDocuments, Store


def document(id_: str, version: int, **fields: object) -> Document:
    return {"_id": id_, "version": version, **fields}


class DocumentsContract:
    """Inherited by every implementation, which brings the fixture `documents`."""

    async def test_documents_are_found_by_their_ids(self, documents: Documents):
        await documents.write(Writes(SHOWS, [document("a", 1), document("b", 2)]))
        assert list(await documents.named(SHOWS, ["b", "c"])) == [document("b", 2)]

    async def test_documents_are_found_under_a_prefix_and_no_other(self, documents: Documents):
        ids = ["hamlet/A", "hamlet/B.+", "hamlet2/A", "hamle/A", "ham.et/A", "hamlet"]
        await documents.write(Writes(SHOWS, [document(id_, 1) for id_ in ids]))
        assert {each["_id"] for each in await documents.under(SHOWS, "hamlet")} == {"hamlet/A", "hamlet/B.+"}
        assert {each["_id"] for each in await documents.under(SHOWS, "ham.et")} == {"ham.et/A"}

    async def test_an_insert_replaces_an_older_document_only(self, documents: Documents):
        await documents.write(Writes(SHOWS, [document("a", 2, seen=2), document("b", 2, seen=2, old=True)]))
        await documents.write(
            Writes(SHOWS, [document("a", 1, seen=1), document("b", 3, seen=3), document("c", 1, seen=1)])
        )
        found = {each["_id"]: each for each in await documents.named(SHOWS, ["a", "b", "c"])}
        assert found["a"] == document("a", 2, seen=2)
        assert found["b"] == document("b", 3, seen=3)
        assert found["c"] == document("c", 1, seen=1)

    async def test_what_is_written_once_is_never_replaced(self, documents: Documents):
        await documents.write(Writes(SHOWS, [document("a", 1, seen=1)], replace=False))
        await documents.write(Writes(SHOWS, [document("a", 9, seen=9)], replace=False))
        assert list(await documents.named(SHOWS, ["a"])) == [document("a", 1, seen=1)]

    async def test_a_change_counts_only_above_the_stored_version(self, documents: Documents):
        await documents.write(Writes(SHOWS, [document("a", 5, free=8, title="Hamlet")]))
        for version, free in [(5, 7), (4, 6), (6, 3), (6, 2)]:
            await documents.write(Writes(SHOWS, [], [Change("a", version, {"free": free})]))
        assert list(await documents.named(SHOWS, ["a"])) == [document("a", 6, free=3, title="Hamlet")]

    async def test_a_change_to_nothing_makes_nothing(self, documents: Documents):
        await documents.write(Writes(SHOWS, [], [Change("a", 5, {"free": 1})]))
        assert list(await documents.named(SHOWS, ["a"])) == []

    async def test_writing_twice_is_writing_once(self, documents: Documents):
        writes = Writes(SHOWS, [document("a", 1, free=2)], [Change("a", 2, {"free": 1})])
        await documents.write(writes)
        await documents.write(writes)
        assert list(await documents.named(SHOWS, ["a"])) == [document("a", 2, free=1)]


class TestInMemory(DocumentsContract):
    @pytest.fixture
    def documents(self) -> Documents:
        return MemoryDocuments(Store())


class TestInMongo(DocumentsContract):
    @pytest.fixture
    async def client(self, servers: Stack) -> AsyncIterator[AsyncMongoClient[Document]]:
        async with connect(servers.mongo) as client:
            yield client
            await client.drop_database("documents")

    @pytest.fixture
    def documents(self, client: AsyncMongoClient[Document]) -> Documents:
        return MongoDocuments(client["documents"], 3)

    async def test_more_than_one_command_can_carry_goes_in_several(self, documents: Documents):
        half = bytes(COMMAND_BYTES // 2)
        await documents.write(Writes(SHOWS, [document(id_, 1, plan=half) for id_ in "abc"]))
        assert {each["_id"] for each in await documents.named(SHOWS, "abc")} == {"a", "b", "c"}

    async def test_another_generation_has_documents_of_its_own(
        self, client: AsyncMongoClient[Document], documents: Documents
    ):
        await documents.write(Writes(SHOWS, [document("a", 1)]))
        assert await MongoDocuments(client["documents"], 4).named(SHOWS, ["a"]) == []
