"""Folds batches of the log into every read model, and writes them in the order that a crash cannot harm."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

import structlog

from contracts.records import place_text
from projections.bookings import Bookings
from projections.command_outcomes import CommandOutcomes
from projections.documents import Documents, Writes
from projections.entry import Batch, Position
from projections.holds import Holds
from projections.patience import Patience
from projections.read_model import ReadModel
from projections.seat_maps import SeatMaps
from projections.seat_plans import SeatPlans
from projections.shows import Shows

_log: Final = structlog.get_logger()


class Advance(Protocol):
    """What a projector needs of checkpoints."""

    async def advance(self, positions: Mapping[int, Position]) -> None:
        """Move checkpoints on. Raises Superseded."""


class Projector:
    """One generation of all read models.

    A batch is written as documents, then the shows' own documents, then the checkpoint. After a crash between any two
    writes the batch is read again, and what its documents have already is skipped by their versions.
    """

    def __init__(self, documents: Documents, checkpoints: Advance, patience: Patience) -> None:
        self._documents = documents
        self._checkpoints = checkpoints
        self._patience = patience
        self._shows = Shows()
        self._first: tuple[ReadModel, ...] = (SeatPlans(), SeatMaps(), Holds(), Bookings(), CommandOutcomes())
        self._models: tuple[ReadModel, ...] = (*self._first, self._shows)

    async def project(self, batch: Batch) -> None:
        """Fold a batch and write it. Raises LogFault, Superseded."""
        show_ids = list(dict.fromkeys(entry.record.show_id for entry in batch.entries))  # in the order of the log
        for model in self._models:
            await self._patience.until_done(partial(model.load, self._documents, show_ids))
        for model in self._models:
            fold = model.fold
            for entry in batch.entries:
                fold(entry)
        await asyncio.gather(*(self._write(model.take()) for model in self._first))
        await self._write(self._shows.take())
        await self._patience.until_done(partial(self._checkpoints.advance, batch.positions))
        for entry in batch.entries if _log.is_enabled_for(logging.DEBUG) else ():
            record = entry.record
            _log.debug(
                record.type,
                command_id=record.command_id,
                show_id=record.show_id,
                source=place_text(entry.partition, record.source[0], record.source[1]),
            )

    async def _write(self, writes: Writes) -> None:
        if writes.inserts or writes.changes:
            await self._patience.until_done(partial(self._documents.write, writes))
