"""One bit flipped in the log, or in a document: whoever checks names the record, and nobody else is disturbed.

Each bit is flipped back, so that the rest of the run is judged as any other.
"""

import asyncio
from random import Random
from typing import Any, Final

from bson import Binary
from pymongo import MongoClient

from contracts.read_models import SEAT_MAPS, STATE, STATE_ID, collection_name
from contracts.topics import EVENTS
from read_side.replay.certificate import Certificate
from read_side.replay.log_reader import open_log
from read_side.replay.receipts import ReceiptsByPlace
from read_side.replay.verify import verify
from scenarios.checkers.documents import check_documents
from scenarios.checkers.recorded import Event, read_log
from scenarios.history import dump_topics
from scenarios.nemesis.aftermath import read_models
from scenarios.nemesis.scene import NemesisFailed, Scene
from scenarios.nemesis.stored_bits import find_bit

_FIRST_BIT: Final = 1
"""Free and held differ by it, so do booked and blocked."""


def flip_bits(scene: Scene) -> None:
    """A bit under a checksum that tells, under one made to fit, in the newest record of a show, and in a seat map."""
    random = Random(scene.shows[0])
    published = asyncio.run(_certificate(scene.stack.kafka, {}))
    if published.faults:
        raise NemesisFailed(f"Before anything was changed: {published.faults[0]}")
    for named, hide in (("named_under_a_checksum", False), ("named_without_a_checksum", True)):
        events = _valid(scene)
        _flip_record(scene, random.choice(events[: len(events) // 2]), named, hide=hide)
    newest = {event.show_id: event for event in _valid(scene)}
    _flip_record(scene, newest[scene.shows[0]], "newest_named", hide=True)
    _flip_document(scene)


def _flip_record(scene: Scene, event: Event, named: str, *, hide: bool) -> None:
    """The replay tool, with the record's receipt in hand, must name this very record."""
    receipts = {event.partition: {event.offset: frozenset({event.hash})}}
    value = asyncio.run(_value(scene.stack.kafka, event))
    scene.stack.end("kafka")
    bit = find_bit(scene.stack.folder / "kafka" / "data", EVENTS, event.partition, value)
    bit.flip(hide=hide)
    try:
        scene.stack.restart("kafka")
        certificate = asyncio.run(_certificate(scene.stack.kafka, receipts))
        scene.stack.end("kafka")
    finally:
        bit.flip(hide=hide)
        scene.stack.restart("kafka")
    if any(
        (fault.topic, fault.partition, fault.offset) == (EVENTS, event.partition, event.offset)
        for fault in certificate.faults
    ):
        scene.note(named)
    else:
        scene.findings.append(f"I8: a bit of {event.where} was changed, and the replay tool says {certificate.faults}")


def _flip_document(scene: Scene) -> None:
    site = scene.site
    with MongoClient[dict[str, Any]](site.mongo) as client:
        database = client[site.mongo_database]
        state = database[STATE].find_one({"_id": STATE_ID})
        if state is None:
            raise NemesisFailed("There is no read model to damage.")
        maps = database[collection_name(SEAT_MAPS, int(state["in_force"]))]
        found = maps.find_one({})
        if found is None:
            raise NemesisFailed("There is no seat map to damage.")
        changed = bytes([found["statuses"][0] ^ _FIRST_BIT]) + bytes(found["statuses"])[1:]
        maps.update_one({"_id": found["_id"]}, {"$set": {"statuses": Binary(changed)}})
        documents = asyncio.run(read_models(site))
        _, events = asyncio.run(dump_topics(site.kafka))
        findings = check_documents(documents, read_log(events))
        maps.update_one({"_id": found["_id"], "statuses": Binary(changed)}, {"$set": {"statuses": found["statuses"]}})
    if any(str(found["_id"]) in finding.where for finding in findings):
        scene.note("documents_named")
    else:
        scene.findings.append(f"I6: a bit was changed in {found['_id']}, and nobody noticed")


def _valid(scene: Scene) -> list[Event]:
    _, events = asyncio.run(dump_topics(scene.stack.kafka))
    return list(read_log(events).valid)


async def _value(kafka: str, event: Event) -> bytes:
    _, events = await dump_topics(kafka)
    return next(each.stored() for each in events if (each.partition, each.offset) == (event.partition, event.offset))


async def _certificate(kafka: str, receipts: ReceiptsByPlace) -> Certificate:
    async with open_log(kafka) as log:
        return await verify(log, range(log.partitions), receipts, lambda _: None)
