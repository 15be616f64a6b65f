"""The documents in MongoDB: bulk commands, guarded by versions, majority and journaled."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import AutoReconnect, OperationFailure

from contracts.limits import MIB
from contracts.read_models import collection_name
from projections.documents import Change, Document, Writes

WRITE_CONCERN: Final = {"w": "majority", "j": True, "wtimeout": 10_000}
COMMAND_BYTES: Final = 12 * MIB
"""MongoDB takes 16 MiB a command, envelope included."""
COMMAND_DOCUMENTS: Final = 50_000
_DUPLICATE_KEY: Final = 11000
_TRANSIENT: Final = frozenset({6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""Codes by which MongoDB says that it is going away, is not the primary, or could not replicate in time."""


class MongoDocuments:
    """One generation of the read models in a database.

    Raises pymongo's AutoReconnect for whatever a later attempt may mend, OperationFailure for the rest.
    """

    def __init__(self, database: AsyncDatabase[Document], generation: int) -> None:
        self._database = database
        self._generation = generation

    async def named(self, collection: str, ids: Iterable[str]) -> list[Document]:
        """The documents with these ids, as far as they exist."""
        return await self._find(collection, {"_id": {"$in": list(ids)}})

    async def under(self, collection: str, prefix: str) -> list[Document]:
        """The documents whose id begins with `prefix` and a slash."""
        return await self._find(collection, {"_id": {"$regex": f"^{re.escape(prefix)}/"}})

    async def write(self, writes: Writes) -> None:
        """Inserts first; those that turn out to be stored already are replaced under their version's guard."""
        for documents in _chunks(writes.inserts):
            errors = await self._run({"insert": self._name(writes.collection), "documents": documents})
            if errors and writes.replace:
                await self._update(writes.collection, [_replacement(documents[i]) for i in errors])
        await self._update(writes.collection, [_guarded(change) for change in writes.changes])

    async def _update(self, collection: str, updates: Sequence[Document]) -> None:
        for chunk in _chunks(updates):
            if await self._run({"update": self._name(collection), "updates": chunk}):
                raise OperationFailure(f"{collection}: a guarded update met a duplicate key")

    async def _run(self, command: dict[str, object]) -> list[int]:
        """Run a bulk command; returns which of its statements met a document that exists."""
        reply = await self._database.command({**command, "ordered": False, "writeConcern": WRITE_CONCERN})
        return duplicates(reply)

    async def _find(self, collection: str, query: Document) -> list[Document]:
        return await self._database[self._name(collection)].find(query).to_list()

    def _name(self, collection: str) -> str:
        return collection_name(collection, self._generation)


def duplicates(reply: Mapping[str, object]) -> list[int]:
    """The statements of a bulk command that met a document that exists. Raises on every other error in its reply."""
    errors = cast(Sequence[Mapping[str, object]], reply.get("writeErrors", ()))
    others = [error for error in errors if error["code"] != _DUPLICATE_KEY]
    concern = reply.get("writeConcernError")
    if concern is not None:
        others.append(cast(Mapping[str, object], concern))
    for error in others:
        text = str(error.get("errmsg"))
        code = cast(int, error.get("code", 0))
        if code in _TRANSIENT:
            raise AutoReconnect(text)
        raise OperationFailure(text, code)
    return [cast(int, error["index"]) for error in errors]


def _guarded(change: Change) -> Document:
    return {
        "q": {"_id": change.id, "version": {"$lt": change.version}},
        "u": {"$set": {"version": change.version, **change.fields}},
    }


def _replacement(document: Document) -> Document:
    return {"q": {"_id": document["_id"], "version": {"$lt": document["version"]}}, "u": document}


def _chunks(documents: Iterable[Document]) -> Iterator[list[RawBSONDocument]]:
    """Encoded once, so that their size is known."""
    chunk: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        encoded = bson.encode(document)
        if chunk and (size + len(encoded) > COMMAND_BYTES or len(chunk) == COMMAND_DOCUMENTS):
            yield chunk
            chunk, size = [], 0
        chunk.append(RawBSONDocument(encoded))
        size += len(encoded)
    if chunk:
        yield chunk
