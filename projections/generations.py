"""Which generation of the read models is in force, and how a rebuild puts the next one in its place.

    claim a number → build beside the one in force → fence its checkpoints → wait until its projector has left
    → catch up to the log's end → switch → drop the old collections

One document says all of it. A fence whose rebuild has died is lifted by the projector it stopped.
"""

from typing import Final, cast

from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from contracts.read_models import (
    BOOKINGS,
    COLLECTIONS,
    COMMAND_OUTCOMES,
    OUTCOMES_KEPT_SECONDS,
    SHOWS,
    STATE,
    STATE_ID,
    StateDocument,
    collection_name,
)
from projections.checkpoints import Checkpoints
from projections.documents import Document

NONE: Final = 0
"""No generation; the first is 1."""


class SwitchRefused(Exception):
    """Another rebuild was faster, or the fence was lifted meanwhile."""


class Generations:
    """The state document and what changes it."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database
        self._state: AsyncCollection[Document] = database[STATE]

    async def state(self, partitions: int) -> StateDocument:
        """The state; the very first time, generation 1 is put in force."""
        found = await self._state.find_one({"_id": STATE_ID})
        if found is not None:
            return cast(StateDocument, found)
        await self.prepare(1, partitions)
        first = StateDocument(
            _id=STATE_ID, in_force=1, last=1, fenced=NONE, fenced_by=NONE, left=NONE, partitions=partitions
        )
        try:
            await self._state.insert_one(cast(dict[str, object], dict(first)))
        except DuplicateKeyError:
            return await self.state(partitions)
        return first

    async def prepare(self, generation: int, partitions: int) -> None:
        """A generation's checkpoints and indexes; doing it again is harmless."""
        await Checkpoints(self._database, generation).prepare(partitions)
        await self._collection(SHOWS, generation).create_index([("starts_at", 1), ("_id", 1)])
        await self._collection(BOOKINGS, generation).create_index([("buyer_id", 1), ("booked_at", -1), ("_id", -1)])
        outcomes = self._collection(COMMAND_OUTCOMES, generation)
        await outcomes.create_index([("time", 1)], expireAfterSeconds=OUTCOMES_KEPT_SECONDS)
        await outcomes.create_index([("show_id", 1), ("version", 1)])

    async def claim(self) -> int:
        """A number for a generation to build that nobody else has."""
        state = await self._state.find_one_and_update(
            {"_id": STATE_ID}, {"$inc": {"last": 1}}, return_document=ReturnDocument.AFTER
        )
        return cast(StateDocument, state)["last"]

    async def fence(self, generation: int, rebuild: int) -> None:
        """Stop the projector of the generation in force, in the name of the generation that `rebuild` builds.

        Raises SwitchRefused if it is not in force, or is fenced already.
        """
        fields = {"fenced": generation, "fenced_by": rebuild, "left": NONE}
        await self._change({"in_force": generation, "fenced": NONE}, fields)
        await Checkpoints(self._database, generation).fence(rebuild)

    async def leave(self, generation: int) -> None:
        """Said by a projector that was stopped: it writes to this generation no more."""
        await self._state.update_one({"_id": STATE_ID, "fenced": generation}, {"$set": {"left": generation}})

    async def lift_fence(self, generation: int) -> None:
        """Let a fenced generation go on, since its rebuild is gone."""
        await self._change({"in_force": generation, "fenced": generation}, {"fenced": NONE, "left": NONE})
        await self.mend_fence(generation)

    async def mend_fence(self, generation: int) -> None:
        """Lift from the checkpoints the fences that the state does not know any more.

        Whoever lifted a fence may have died before it came to them, and a rebuild given up for dead may have fenced
        them late; without this they would never move again. A fence that is on the checkpoints was in the state before,
        so one that was seen there before the state says that there is none has been lifted.
        """
        checkpoints = Checkpoints(self._database, generation)
        seen = await checkpoints.fences()
        state = await self._state.find_one({"_id": STATE_ID, "in_force": generation, "fenced": NONE})
        if state is not None:
            for rebuild in sorted(seen):
                await checkpoints.lift_fence(rebuild)

    async def switch(self, old: int, new: int) -> None:
        """Put the new generation in force. Raises SwitchRefused."""
        expected = {"in_force": old, "fenced": old, "fenced_by": new}
        await self._change(expected, {"in_force": new, "fenced": NONE, "left": NONE})

    async def abandon(self, old: int, new: int) -> None:
        """Give up building `new`: lift its fence, so that a switch still on its way is refused, and delete it.

        If it is in force it stays: then the switch has worked, and only its answer got lost.
        """
        fence = {"_id": STATE_ID, "in_force": old, "fenced": old, "fenced_by": new}
        await self._state.update_one(fence, {"$set": {"fenced": NONE, "left": NONE}})
        await self.mend_fence(old)
        if await self._state.find_one({"_id": STATE_ID, "in_force": new}) is None:
            await self.drop(new)

    async def drop(self, generation: int) -> None:
        """Delete a generation's collections."""
        for name in COLLECTIONS:
            await self._collection(name, generation).drop()

    async def drop_before(self, generation: int) -> None:
        """Delete every generation below this one, also what a crashed rebuild has left."""
        for old in range(1, generation):
            existing = await self._database.list_collection_names(
                filter={"name": {"$in": [collection_name(name, old) for name in COLLECTIONS]}}
            )
            for name in existing:
                await self._database[name].drop()

    async def _change(self, expected: dict[str, int], values: dict[str, int]) -> None:
        changed = await self._state.update_one({"_id": STATE_ID, **expected}, {"$set": values})
        if changed.matched_count == 0:
            raise SwitchRefused(f"the generations are not as expected: {expected}")

    def _collection(self, name: str, generation: int) -> AsyncCollection[Document]:
        return self._database[collection_name(name, generation)]
