"""A stand-in for MongoDB: as much of PyMongo's asynchronous interface as the projections use, over dicts.

Single documents change as a whole, bulk commands in any order and not as a whole; an answer may get lost, and what was
sent may take effect after whoever sent it has given up or died.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.errors import AutoReconnect, DuplicateKeyError

from contracts.read_models import CHECKPOINTS, STATE, STATE_ID, collection_name
from tests.simulation.chaos import DELAYED_WRITE, MONGO_AWAY, Stream
from tests.simulation.processes import Process

LATE_SECONDS_MOST: Final = 5.0
GIVE_UP_SECONDS: Final = 1.0
IN_HALVES: Final = 0.2
"""How often somebody else can see one half of a bulk without the other."""
_DUPLICATE_KEY: Final = 11000
Fields = dict[str, Any]
Answer = TypeVar("Answer")


class Written(NamedTuple):
    """A document as it became; None if it was deleted with its collection."""

    collection: str
    id: Any
    document: Fields | None


class MongoInMemory:
    """The server."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[Any, Fields]] = {}
        self.written: list[Written] = []

    def found(self, name: str, query: Fields) -> list[Fields]:
        """Copies of the documents that a query finds; inner values are not shared, since nobody changes them."""
        return [dict(document) for document in self._matching(name, query)]

    def insert(self, name: str, document: Fields) -> bool:
        """Whether there was none with this id."""
        if document["_id"] in self.collections.setdefault(name, {}):
            return False
        self._keep(name, document)
        return True

    def update(self, name: str, query: Fields, change: Fields, *, many: bool = False) -> int:
        """How many documents matched."""
        matching = self._matching(name, query)[: None if many else 1]
        for document in matching:
            self._keep(name, _changed(document, change))
        return len(matching)

    def projected(self, partition: int) -> int:
        """The checkpoint of the generation in force; -1 before there is one."""
        state = self.collections.get(STATE, {}).get(STATE_ID)
        if state is None:
            return -1
        stored = self.collections.get(collection_name(CHECKPOINTS, state["in_force"]), {}).get(partition)
        return -1 if stored is None else int(stored["offset"])

    def drop(self, name: str) -> None:
        """Delete a collection."""
        self.written += [Written(name, id_, None) for id_ in self.collections.pop(name, {})]

    def _matching(self, name: str, query: Fields) -> list[Fields]:
        stored = self.collections.get(name, {})
        wanted = query.get("_id")
        if isinstance(wanted, str | int):
            candidates: Iterable[Fields] = [stored[wanted]] if wanted in stored else []
        elif wanted is not None and "$in" in wanted:
            candidates = [stored[id_] for id_ in sorted(set(wanted["$in"])) if id_ in stored]
        else:
            candidates = stored.values()
        return [document for document in candidates if _fits(document, query)]

    def _keep(self, name: str, document: Fields) -> None:
        self.collections[name][document["_id"]] = document
        self.written.append(Written(name, document["_id"], document))


def _fits(document: Fields, query: Fields) -> bool:
    return all(_holds(document.get(field), wanted) for field, wanted in query.items())


def _holds(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    tests: dict[str, Callable[[Any], bool]] = {
        "$in": lambda these: value in these,
        "$lt": lambda bound: value is not None and value < bound,
        "$ne": lambda other: value != other,
        "$regex": lambda pattern: re.search(pattern, value) is not None,
    }
    return all(tests[operator](operand) for operator, operand in wanted.items())


def _changed(document: Fields, change: Fields) -> Fields:
    if not any(name.startswith("$") for name in change):
        return change
    added = {field: document.get(field, 0) + more for field, more in change.get("$inc", {}).items()}
    return {**document, **change.get("$set", {}), **added}


class DatabaseInMemory:
    """AsyncDatabase, as one process has it."""

    def __init__(self, server: MongoInMemory, process: Process, spared: float = 0.0) -> None:
        """`spared` is how often no fault is tried, for who gives up at the first one and would never get far."""
        self.server = server
        self._process = process
        self._spared = spared

    def __getitem__(self, name: str) -> "CollectionInMemory":
        return CollectionInMemory(self, name)

    async def command(self, command: Fields) -> dict[str, object]:
        """A bulk insert or update, unordered."""
        luck, statements = self._process.luck, _statements(command)
        luck.chance.shuffle(statements)
        half = len(statements) // 2 if luck.chance.random() < IN_HALVES else 0
        first = self._sent(luck, lambda: [statement(self.server) for statement in statements[:half]]) if half else None
        last = self._sent(luck, lambda: [statement(self.server) for statement in statements[half:]])
        counted = [*(await self._answer(first) if first else []), *await self._answer(last)]
        errors = [{"index": index, "code": _DUPLICATE_KEY} for index, count in counted if count < 0]
        return {"n": sum(count for _, count in counted if count > 0), "writeErrors": errors}

    async def list_collection_names(self, *, filter: Fields) -> list[str]:
        return await self.ask(lambda: [name for name in self.server.collections if _holds(name, filter["name"])])

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """One command. Raises AutoReconnect, whether it has taken effect or not."""
        return await self._answer(self._sent(self._process.luck, question))

    def _sent(self, luck: Stream, effect: Callable[[], Answer]) -> "asyncio.Future[Answer]":
        loop = asyncio.get_running_loop()
        self._process.must_live()
        if self._strikes(MONGO_AWAY):
            raise AutoReconnect("not sent")
        delay = luck.delay()
        if self._strikes(DELAYED_WRITE):
            delay += luck.chance.uniform(0, LATE_SECONDS_MOST)
        answer: asyncio.Future[Answer] = loop.create_future()
        loop.call_later(delay, _take_effect, effect, answer)
        return answer

    async def _answer(self, answer: "asyncio.Future[Answer]") -> Answer:
        await asyncio.wait([answer], timeout=GIVE_UP_SECONDS)
        if not answer.done() or self._strikes(MONGO_AWAY):
            raise AutoReconnect("the answer got lost")
        return answer.result()

    def _strikes(self, what: str) -> bool:
        luck = self._process.luck
        if luck.chance.random() < self._spared:
            return False
        return luck.strike(what, self._process.name, asyncio.get_running_loop().time())


def _take_effect(effect: Callable[[], Answer], answer: "asyncio.Future[Answer]") -> None:
    result = effect()
    if not answer.done():
        answer.set_result(result)


class CollectionInMemory:
    """AsyncCollection."""

    def __init__(self, database: DatabaseInMemory, name: str) -> None:
        self._database = database
        self._server = database.server
        self._name = name

    def find(self, query: Fields) -> "_Found":
        return _Found(self._database, self._name, query)

    async def find_one(self, query: Fields) -> Fields | None:
        return await self._database.ask(lambda: next(iter(self._server.found(self._name, query)), None))

    async def insert_one(self, document: Fields) -> None:
        if not await self._database.ask(lambda: self._server.insert(self._name, document)):
            raise DuplicateKeyError("it exists")

    async def update_one(self, query: Fields, change: Fields) -> "_Matched":
        return _Matched(await self._database.ask(lambda: self._server.update(self._name, query, change)))

    async def find_one_and_update(self, query: Fields, change: Fields, *, return_document: bool) -> Fields | None:
        """What the document became."""

        def effect() -> Fields | None:
            self._server.update(self._name, query, change)
            return next(iter(self._server.found(self._name, query)), None)

        assert return_document
        return await self._database.ask(effect)

    async def create_index(self, keys: Sequence[tuple[str, int]], **_: object) -> None:
        """Nothing is slow here, but time passes."""
        await self._database.ask(lambda: None)

    async def drop(self) -> None:
        await self._database.ask(lambda: self._server.drop(self._name))


class _Found(NamedTuple):
    database: DatabaseInMemory
    name: str
    query: Fields

    async def to_list(self) -> list[Fields]:
        return await self.database.ask(lambda: self.database.server.found(self.name, self.query))


class _Matched(NamedTuple):
    matched_count: int


Statement = Callable[[MongoInMemory], tuple[int, int]]
"""Takes effect, and gives its index in the bulk and how many documents it met, -1 for a duplicate key."""


def _statements(command: Fields) -> list[Statement]:
    """In the order of ids: in which order a set has given them must not decide how a run goes."""
    if "insert" in command:
        documents = [(_plain(each), index) for index, each in enumerate(command["documents"])]
        documents.sort(key=lambda each: str(each[0]["_id"]))
        return [_insert(command["insert"], document, index) for document, index in documents]
    updates = [(_plain(each), index) for index, each in enumerate(command["updates"])]
    updates.sort(key=lambda each: str(each[0]["q"].get("_id")))
    return [_update(command["update"], each, index) for each, index in updates]


def _insert(name: str, document: Fields, index: int) -> Statement:
    return lambda server: (index, 1 if server.insert(name, document) else -1)


def _update(name: str, update: Fields, index: int) -> Statement:
    return lambda server: (index, server.update(name, update["q"], update["u"], many=update.get("multi", False)))


def _plain(document: Mapping[str, Any]) -> Fields:
    return bson.decode(document.raw) if isinstance(document, RawBSONDocument) else dict(document)
