"""The generation of the read models that is in force, watched so that a rebuild's switch is noticed."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

import structlog
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure

from contracts.read_models import STATE, STATE_ID, StateDocument, collection_name

Document = Mapping[str, object]

LOOK_SECONDS: Final = 0.5
"""A rebuild keeps the old collections ten times as long."""
REFUSED: Final = (13, 18)
"""MongoDB's codes for a user that may not do this, or is not known or has another password."""
LAPSES: Final = (ConnectionFailure, ExecutionTimeout, OperationFailure)
_log = structlog.get_logger()


class NotProjected(Exception):
    """No projector has ever run on this database, so there is nothing to read."""


class ReadModels:
    """The collections to read from. `watch` must run beside the queries."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database
        self._state: StateDocument | None = None
        self._away: str | None = "MongoDB was not reached yet"

    @property
    def generation(self) -> int:
        """The generation in force. Raises NotProjected."""
        return self._known()["in_force"]

    @property
    def partitions(self) -> int:
        """How many partitions the log has. Raises NotProjected."""
        return self._known()["partitions"]

    def collection(self, name: str) -> AsyncCollection[Document]:
        """A read model in the generation in force. Raises NotProjected."""
        return self._database[collection_name(name, self.generation)]

    def missing(self) -> list[str]:
        """What is missing for `/readyz`."""
        if self._away is not None:
            return [self._away]
        return [] if self._state is not None else ["no projector has run on this database yet"]

    async def look(self) -> None:
        """Read which generation is in force. Raises pymongo's errors."""
        found = await self._database[STATE].find_one({"_id": STATE_ID})
        self._state = cast(StateDocument | None, found)

    async def watch(self) -> None:
        """Look again and again; while MongoDB is away the last answer stands."""
        while True:
            try:
                await self.look()
            except LAPSES as error:
                if self._away is None:
                    _log.warning("MongoDB is away", error=str(error)[:300])
                refused = isinstance(error, OperationFailure) and error.code in REFUSED
                self._away = "MongoDB refuses the user of SEATLOG_MONGO" if refused else "MongoDB is away"
            else:
                self._away = None
            await asyncio.sleep(LOOK_SECONDS)

    def _known(self) -> StateDocument:
        if self._state is None:
            raise NotProjected
        return self._state
