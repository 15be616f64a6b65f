"""One sale on a running stack: put a fresh show on sale, open the doors, wait for the last buyer."""

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Final, NamedTuple

from contracts.operations.tokens import Role, issue_token
from contracts.seat_plans import SeatPlan
from scenarios.crowd import ANY_SEAT, Buyer, Crowd, wish_for
from scenarios.figures import SaleTerms
from scenarios.house import seat_labels, seat_plan, show_on_sale
from scenarios.http_client import Client, Response
from scenarios.sale_site import SaleSite

BEST_AVAILABLE_SHARE: Final = 0.2
"""The share of buyers whose first wish is any seat; the others want one that they picked."""
QUERY_SHARE: Final = 0.2
"""The share of the connections that lead to the query API."""
TOKEN_SECONDS: Final = 3600
SETUP_SECONDS: Final = 20.0

Watch = Callable[[Crowd], Coroutine[None, None, None]]


class SaleFailed(Exception):
    """The sale could not be held; the message is one sentence."""


class SaleHeld(NamedTuple):
    """A sale that is over. `cpu_seconds` is what the load generator used from the first arrival to the last answer."""

    crowd: Crowd
    plan: SeatPlan
    cpu_seconds: float


async def hold_sale(site: SaleSite, terms: SaleTerms, watch: Watch, setup_seconds: float = SETUP_SECONDS) -> SaleHeld:
    """Run it. `watch` runs beside the crowd and is cancelled after it. Raises SaleFailed when the show cannot be put on
    sale."""
    random = Random(terms.seed)
    plan = seat_plan(terms.seats)
    labels = seat_labels(plan)
    to_queries = max(1, round(terms.connections * QUERY_SHARE))
    to_commands = max(1, terms.connections - to_queries)
    async with Client(site.command_api, to_commands) as commands, Client(site.query_api, to_queries) as queries:
        body = show_on_sale(terms.show_id, f"Flash sale of {plan.capacity():,} seats", plan)
        await put_on_sale(commands, queries, site.token_secret, terms.show_id, body, setup_seconds)
        buyers = _buyers(terms, labels, site.token_secret, random)
        await asyncio.gather(commands.warm_up(to_commands), queries.warm_up(to_queries))
        crowd = Crowd(commands, queries, terms.show_id, labels, buyers, random)
        watching = asyncio.create_task(watch(crowd))
        with no_garbage_collection():
            used = time.process_time()
            await crowd.run()
            used = time.process_time() - used
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return SaleHeld(crowd, plan, used)


async def put_on_sale(
    commands: Client, queries: Client, secret: str, show_id: str, body: bytes, within: float = SETUP_SECONDS
) -> None:
    """Schedule a show and wait until it can be seen. Raises SaleFailed."""
    token = issue_token(secret, "organiser-of-the-sale", Role.ORGANISER, TOKEN_SECONDS)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": show_id,
        "Prefer": "wait=10",
    }
    came = await commands.request("POST", "/shows", headers=headers, body=body, timeout=within)
    if not isinstance(came, Response) or came.status != 201:
        raise SaleFailed(f"The show could not be put on sale: {_told(came)}.")
    seen = {"If-Match-Version": "1", "Prefer": "wait=10"}
    came = await queries.request("GET", f"/shows/{show_id}", headers=seen, timeout=within)
    if not isinstance(came, Response) or came.status != 200:
        raise SaleFailed(f"The query API does not show the new show: {_told(came)}.")


def _told(came: object) -> str:
    return f"{came.status} {came.body[:300]!r}" if isinstance(came, Response) else f"no answer ({came})"


def _buyers(terms: SaleTerms, labels: tuple[str, ...], secret: str, random: Random) -> list[Buyer]:
    buyers = []
    for number in range(1, terms.buyers + 1):
        wish = ANY_SEAT if random.random() < BEST_AVAILABLE_SHARE else wish_for(random.choice(labels))
        buyer_id = f"buyer-{number}"
        token = issue_token(secret, buyer_id, Role.BUYER, TOKEN_SECONDS)
        buyers.append(Buyer(buyer_id, f"Bearer {token}", random.uniform(0.0, terms.arrive_within), wish))
    return buyers


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """For minutes at most: a full collection among ten thousand tasks would be seen as waiting time of the buyers."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
