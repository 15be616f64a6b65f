"""What became of a command that was answered with 202."""

from typing import Final, NamedTuple, cast

import msgspec
from msgspec import Struct

from contracts.events import CommandRepeated
from contracts.read_models import CHECKPOINTS, COMMAND_OUTCOMES, CheckpointDocument, OutcomeDocument
from contracts.records import place_text
from contracts.topics import pseudo_show
from read_side.queries.read_models import ReadModels
from read_side.queries.shared_reads import SharedReads

_REPEATED: Final = "command-repeated"
_REUSED: Final = "command-id-reused"


class CommandPlace(Struct, frozen=True):
    """A command's place in the log of commands."""

    partition: int
    offset: int
    index: int


class Decided(NamedTuple):
    """An outcome. `first` is the outcome that a repeated command points at, if that is still known."""

    outcome: OutcomeDocument
    first: OutcomeDocument | None


class Outcomes:
    """Reads outcomes. How far a partition is projected is one read for everybody who asks at the same time."""

    def __init__(self, read_models: ReadModels) -> None:
        self._read_models = read_models
        self._next_commands = SharedReads(self._next_command)

    async def passed(self, at: CommandPlace) -> bool:
        """Whether the projection has passed this command. A partition that does not exist has passed everything."""
        if not 0 <= at.partition < self._read_models.partitions:
            return True
        following = await self._next_commands.get(at.partition)
        return following is not None and following > (at.offset, at.index)

    async def _next_command(self, partition: int) -> tuple[int, int] | None:
        found = await self._read_models.collection(CHECKPOINTS).find_one({"_id": partition})
        if found is None:
            return None
        offset, index = cast(CheckpointDocument, found)["next_command"]
        return offset, index

    async def outcome(self, command_id: str, at: CommandPlace) -> Decided | None:
        """The outcome of the command at this place, or None; there once `passed` says so, or a moment before."""
        found = await self._find({"_id": place_text(at.partition, at.offset, at.index), "command_id": command_id})
        if found is None:
            return None
        if found["type"] not in (_REPEATED, _REUSED):
            return Decided(found, None)
        pointer = msgspec.json.decode(found["data"], type=CommandRepeated)
        shows = [found["show_id"], pseudo_show(at.partition)]  # refused there, if the show did not exist yet
        first = {"show_id": {"$in": shows}, "version": pointer.version, "command_id": command_id}
        return Decided(found, await self._find(first))

    async def _find(self, query: dict[str, object]) -> OutcomeDocument | None:
        return cast(OutcomeDocument | None, await self._read_models.collection(COMMAND_OUTCOMES).find_one(query))
