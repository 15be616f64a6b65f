"""How far each partition is projected. A checkpoint is written after everything it covers."""

from collections.abc import Mapping
from typing import Final, cast

from pymongo.asynchronous.database import AsyncDatabase

from contracts.read_models import CHECKPOINTS, CheckpointDocument, collection_name
from projections.documents import Document
from projections.entry import Position
from projections.mongo_documents import WRITE_CONCERN, duplicates

NOBODY: Final = 0
"""No rebuild: a fence that names none is older than the names."""
_NOT_FENCED: Final = {"$ne": True}


class Superseded(Exception):
    """Another projector is ahead on this generation, or a rebuild is about to replace it."""


class Checkpoints:
    """The checkpoints of one generation, a document for each partition."""

    def __init__(self, database: AsyncDatabase[Document], generation: int) -> None:
        self._database = database
        self._name = collection_name(CHECKPOINTS, generation)

    async def positions(self, partitions: int) -> dict[int, Position]:
        """How far each partition is projected."""
        stored = {document["_id"]: document for document in await self._database[self._name].find({}).to_list()}
        return {
            partition: _position(cast(CheckpointDocument, stored[partition])) if partition in stored else Position()
            for partition in range(partitions)
        }

    async def prepare(self, partitions: int) -> None:
        """Have a document for every partition, so that a fence finds all of them."""
        documents = [{"_id": partition, **_fields(Position()), "fenced": False} for partition in range(partitions)]
        await self._run({"insert": self._name, "documents": documents})

    async def advance(self, positions: Mapping[int, Position]) -> None:
        """Move checkpoints on. Raises Superseded if one is fenced, or not below where it is moved to."""
        if positions:
            updates = [
                {
                    "q": {"_id": partition, "offset": {"$lt": position.offset}, "fenced": _NOT_FENCED},
                    "u": {"$set": _fields(position)},
                }
                for partition, position in positions.items()
            ]
            reply = await self._run({"update": self._name, "updates": updates})
            if reply["n"] != len(updates) and not await self._stand_at(positions):
                raise Superseded(self._name)

    async def fence(self, rebuild: int) -> None:
        """From now on no checkpoint of this generation moves; `rebuild` is the number of who wants that."""
        await self._set_all({}, {"fenced": True, "fenced_by": rebuild})

    async def fences(self) -> set[int]:
        """The rebuilds whose fences stand."""
        found = await self._database[self._name].find({"fenced": True}).to_list()
        return {cast(int, document.get("fenced_by", NOBODY)) for document in found}

    async def lift_fence(self, rebuild: int) -> None:
        """Lift the fence of this rebuild, which is gone, and no other's."""
        whose: object = {"$in": [NOBODY, None]} if rebuild == NOBODY else rebuild
        await self._set_all({"fenced_by": whose}, {"fenced": False})

    async def _stand_at(self, positions: Mapping[int, Position]) -> bool:
        """Whether the checkpoints are where they were to go: an attempt whose answer got lost has worked."""
        found = await self._database[self._name].find({"_id": {"$in": list(positions)}}).to_list()
        return all(
            _position(cast(CheckpointDocument, document)) == positions[cast(int, document["_id"])] for document in found
        )

    async def _set_all(self, where: Document, fields: Document) -> None:
        updates = [{"q": where, "u": {"$set": fields}, "multi": True}]
        await self._run({"update": self._name, "updates": updates})

    async def _run(self, command: Document) -> Mapping[str, object]:
        reply = await self._database.command({**command, "ordered": False, "writeConcern": WRITE_CONCERN})
        duplicates(reply)
        return reply


def _fields(position: Position) -> dict[str, object]:
    return {
        "offset": position.offset,
        "claim": position.claim,
        "next_command": list(position.next_command),
        "hash": position.hash,
    }


def _position(document: CheckpointDocument) -> Position:
    offset, index = document["next_command"]
    return Position(document["offset"], document["claim"], (offset, index), document["hash"])
