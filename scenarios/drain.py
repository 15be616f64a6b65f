"""Waiting until the read models show everything that the log holds."""

import asyncio
from time import monotonic
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from contracts.read_models import CHECKPOINTS, STATE, STATE_ID, collection_name
from contracts.topics import EVENTS
from read_side.replay.log_reader import open_log

_LOOK_SECONDS: Final = 0.02


class NotDrained(Exception):
    """The read models did not catch up in time; the message says on which partition."""


async def drained(kafka: str, mongo: str, mongo_database: str, within: float) -> float:
    """Wait until the checkpoint of each partition has reached the end that the event log has now.

    Returns how long that took, in seconds. Raises NotDrained after `within` seconds, and Unreadable when Kafka is away.
    """
    started = monotonic()
    ends = await _ends(kafka)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo)
    try:
        while behind := await _behind(client[mongo_database], ends):
            if monotonic() - started > within:
                raise NotDrained(f"after {within:.0f} s the read models are still behind: {'; '.join(behind)}")
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await client.close()
    return monotonic() - started


async def _ends(kafka: str) -> dict[int, int]:
    async with open_log(kafka) as log:
        return {partition: log.extent(EVENTS, partition).end for partition in range(log.partitions)}


async def _behind(database: AsyncDatabase[dict[str, Any]], ends: dict[int, int]) -> list[str]:
    state = await database[STATE].find_one({"_id": STATE_ID})
    if state is None:
        return ["no projector has run"]
    checkpoints = database[collection_name(CHECKPOINTS, state["in_force"])]
    reached = {each["_id"]: each["offset"] async for each in checkpoints.find()}
    return [
        f"partition {partition} is at offset {reached.get(partition, -1)} of {end - 1}"
        for partition, end in sorted(ends.items())
        if reached.get(partition, -1) < end - 1
    ]
