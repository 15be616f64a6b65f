"""What the query API says of a MongoDB that is away, or does not let it in."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from read_side.queries.read_models import ReadModels
from tests.until import until

AWAY = "MongoDB is away"
REFUSED = "MongoDB refuses the user of SEATLOG_MONGO"


class Answering:
    """Stands in for a database and its one collection: it raises, or has this state."""

    def __init__(self, error: PyMongoError | None) -> None:
        self.error = error

    def __getitem__(self, _: str) -> "Answering":
        return self

    async def find_one(self, _: object) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        return {"in_force": 1, "partitions": 3}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AutoReconnect("gone"), AWAY),
        (OperationFailure("stepping down", 189), AWAY),
        (OperationFailure("Authentication failed.", 18), REFUSED),
        (OperationFailure("not authorized on seatlog", 13), REFUSED),
    ],
)
async def test_it_says_what_is_missing_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch, error: PyMongoError, said: str
):
    monkeypatch.setattr("read_side.queries.read_models.LOOK_SECONDS", 0.001)
    database = Answering(error)
    read_models = ReadModels(database)  # type: ignore[arg-type]
    watching = asyncio.ensure_future(read_models.watch())
    await until(lambda: read_models.missing() == [said])
    database.error = None
    await until(lambda: read_models.missing() == [])
    watching.cancel()
    await asyncio.wait([watching])
