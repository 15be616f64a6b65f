"""What is gathered once a run is over: everything has come to rest, both topics, the documents, and two replays."""

import asyncio
from hashlib import sha256
from time import monotonic
from typing import Any, Final, NamedTuple

import msgspec
from pymongo import AsyncMongoClient

from contracts.read_models import STATE, STATE_ID, collection_name
from read_side.replay.certificate import Certificate
from read_side.replay.faults import Broken
from read_side.replay.log_reader import Log, Unreadable, open_log
from read_side.replay.state import Moment
from read_side.replay.state import state as state_of
from read_side.replay.verify import verify
from scenarios.checkers.document_shapes import ReadModels
from scenarios.checkers.recorded import read_log
from scenarios.checkers.sales import pending_commands
from scenarios.drain import NotDrained, drained
from scenarios.history import StoredRecord, dump_topics
from scenarios.nemesis.document_rows import CHECKED, rows_of
from scenarios.nemesis.ran import Replayed
from scenarios.sale_site import SaleSite

LOOK_SECONDS: Final = 0.5
_SHOWS_REPLAYED: Final = 3
"""Shows whose seats are replayed to the newest version, beside all heads: reading the log is what takes the time."""


class Aftermath(NamedTuple):
    """What is left. Holds still lapse while it is gathered: the documents are older than the topics, never newer."""

    read_models: ReadModels
    commands: tuple[StoredRecord, ...]
    events: tuple[StoredRecord, ...]
    replayed: Replayed


async def settle(site: SaleSite, within: float) -> list[str]:
    """Wait until every command has its event and the read models show it; else what is not settled, as sentences."""
    deadline = monotonic() + within
    while unsettled := await _pending(site.kafka):
        if monotonic() > deadline:
            return [f"{unsettled} after {within:.0f} s"]
        await asyncio.sleep(LOOK_SECONDS)
    try:
        await drained(site.kafka, site.mongo, site.mongo_database, max(1.0, deadline - monotonic()))
    except (NotDrained, Unreadable) as error:
        return [str(error)]
    return []


async def _pending(kafka: str) -> str | None:
    """What still waits for its event, None if nothing does."""
    try:
        commands, events = await dump_topics(kafka)
    except Unreadable as error:
        return str(error)
    pending = len(pending_commands(commands, read_log(events)))
    return f"{pending} commands are still without an event" if pending else None


async def aftermath(site: SaleSite) -> Aftermath:
    """Gather everything. Raises Unreadable and pymongo's errors: whatever was broken must be there again by now."""
    documents = await read_models(site)
    commands, events = await dump_topics(site.kafka)
    return Aftermath(documents, commands, events, await _replayed(site.kafka))


async def read_models(site: SaleSite) -> ReadModels:
    """All documents that are checked, of the generation in force."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        site.mongo, serverSelectionTimeoutMS=10_000, datetime_conversion="DATETIME_MS"
    )
    try:
        database = client[site.mongo_database]
        state = await database[STATE].find_one({"_id": STATE_ID})
        if state is None:
            return ReadModels()
        generation = int(state["in_force"])
        return rows_of({name: await database[collection_name(name, generation)].find({}).to_list() for name in CHECKED})
    finally:
        await client.close()


async def _replayed(kafka: str) -> Replayed:
    try:
        async with open_log(kafka) as log:
            return await replay_twice(log)
    except (Unreadable, Broken) as error:
        return Replayed((str(error),), "", "")


async def replay_twice(log: Log) -> Replayed:
    """Verify and replay everything up to the ends of now, twice, each time from the first record. Raises Unreadable and
    Broken."""
    first, faults = await _replay(log)
    second, _ = await _replay(log)
    return Replayed(faults, first, second)


async def _replay(log: Log) -> tuple[str, tuple[str, ...]]:
    """SHA-256 of the certificate and of some shows' seats as bytes, and what the tool found wrong. Raises Broken."""
    certificate = await verify(log, range(log.partitions), {}, lambda _: None)
    digest = sha256(msgspec.json.encode(_timeless(certificate)))
    for show in certificate.shows[:_SHOWS_REPLAYED] if certificate.verified else ():
        picture = await state_of(log, show.show_id, Moment(version=show.version), 0)
        digest.update(msgspec.json.encode(picture))
    return digest.hexdigest(), tuple(str(fault) for fault in certificate.faults)


def _timeless(certificate: Certificate) -> Certificate:
    """Without what the clock says about the tool itself."""
    return msgspec.structs.replace(certificate, seconds=0.0, events_per_second=0.0)
