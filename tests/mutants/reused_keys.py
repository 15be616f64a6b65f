"""Buyers who send two different requests under one Idempotency-Key, to one show and to two, while others buy."""

import asyncio
from random import Random
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from contracts.operations.tokens import Role, issue_token
from scenarios.asking import Asking
from scenarios.house import seat_labels, seat_plan
from scenarios.http_client import Client
from scenarios.nemesis.running import SEATS
from scenarios.nemesis.scene import Scene

FIRST_SEAT: Final = SEATS // 2
"""Further back than the steady load gets."""
EVERY_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 20.0
CONNECTIONS: Final = 16


class _Reuser(NamedTuple):
    """One who reuses its keys."""

    id: str
    token: str
    deadline: float


def reuse_keys(scene: Scene) -> None:
    """Under each key at once: a seat of one show, another seat of it, and a seat of another show."""
    asyncio.run(_reuse_keys(scene))


async def _reuse_keys(scene: Scene) -> None:
    labels = seat_labels(seat_plan(SEATS))[FIRST_SEAT:]
    token = f"Bearer {issue_token(scene.stack.token_secret, 'reuser', Role.BUYER, 3600)}"
    async with (
        Client(scene.stack.url("command-api"), CONNECTIONS) as commands,
        Client(scene.stack.url("query-api"), CONNECTIONS) as queries,
    ):
        asking, turn = Asking([commands], queries, Random(1)), 0
        while scene.goes_on:
            show, other = scene.shows[turn % len(scene.shows)], scene.shows[(turn + 1) % len(scene.shows)]
            mine, another = labels[4 * turn % len(labels)], labels[(4 * turn + 2) % len(labels)]
            who = _Reuser("reuser", token, monotonic() + PATIENCE_SECONDS)
            async with asyncio.TaskGroup() as orders:
                for name, seat in ((show, mine), (show, another), (other, mine)):
                    body = msgspec.json.encode({"seats": [seat]})
                    path = f"/shows/{name}/holds"
                    orders.create_task(asking.order(who, "POST", path, f"reused-{turn}", body, monotonic()))
            scene.note("keys_reused")
            turn += 1
            await asyncio.sleep(EVERY_SECONDS)
        scene.exchanges += asking.record.exchanges
