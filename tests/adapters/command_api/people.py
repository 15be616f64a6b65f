"""People who use the command API over HTTP, said shortly."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

from contracts import topics
from contracts.operations.kafka import CONSUMER_LIMITS
from contracts.operations.tokens import Role, issue_token
from contracts.records import record_hash
from scenarios.shown_metrics import ShownMetrics


def show(**changes: Any) -> dict[str, Any]:
    """The body of `POST /shows`: one section of 10 rows of 50 seats, on sale now."""
    now = datetime.now(UTC)
    rows = [{"name": str(number), "seats": 50, "category": "gold"} for number in range(1, 11)]
    return {
        "id": f"hamlet-{secrets.token_hex(4)}",
        "title": "Hamlet",
        "venue": "The Globe",
        "starts_at": (now + timedelta(days=30)).isoformat(),
        "sale": {
            "opens_at": (now - timedelta(hours=1)).isoformat(),
            "closes_at": (now + timedelta(days=29)).isoformat(),
        },
        "plan": {"sections": [{"name": "A", "rows": rows}]},
        "prices": {"gold": 4500},
        "currency": "EUR",
    } | changes


class People:
    """A client that can be anybody."""

    def __init__(self, url: str, secret: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=15, limits=httpx.Limits(max_connections=200))
        self._secret = secret

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    def token(self, who: str) -> dict[str, str]:
        role = Role.ORGANISER if who == "organiser" else Role.BUYER
        return {"Authorization": "Bearer " + issue_token(self._secret, who, role, 3600)}

    async def post(self, path: str, body: Any, who: str = "ann", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.post(path, json=body, headers=self.token(who) | named)

    async def delete(self, path: str, who: str = "ann") -> httpx.Response:
        return await self._client.delete(path, headers=self.token(who))

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def see(
        self, path: str, wanted: Callable[[httpx.Response], bool], within_seconds: float = 10.0
    ) -> httpx.Response:
        """The first answer that is as wanted; a server that is not there yet is asked again. Raises TimeoutError."""
        async with asyncio.timeout(within_seconds):
            while True:
                with suppress(httpx.TransportError):
                    if wanted(answer := await self.get(path)):
                        return answer
                await asyncio.sleep(0.02)

    async def meter(self, name: str, number: int) -> float:
        """What the command API shows of a partition."""
        shown = ShownMetrics((await self.get("/metrics")).text)
        return shown.by_label(f"seatlog_command_api_{name}", "partition")[str(number)]

    async def schedule(self, **changes: Any) -> str:
        answer = await self.post("/shows", show(**changes), "organiser", Prefer="wait=10")
        assert answer.status_code == 201, answer.text
        show_id: str = answer.json()["show_id"]
        return show_id

    async def hold(self, show_id: str, *seats: str, who: str = "ann", **headers: str) -> httpx.Response:
        return await self.post(f"/shows/{show_id}/holds", {"seats": list(seats)}, who, **headers)

    async def book(self, show_id: str, hold_id: str, currency: str = "EUR") -> httpx.Response:
        paid = {"amount_minor": 4500, "currency": currency}
        body = {"hold_id": hold_id, "payment_reference": "p-1", "amount": paid}
        return await self.post(f"/shows/{show_id}/bookings", body)


async def record_at(bootstrap: str, partition: int, offset: int, topic: str = topics.EVENTS) -> "ConsumerRecord":
    """The record of a topic at this offset, read by a client of the test's own."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, **CONSUMER_LIMITS)
    await consumer.start()
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        consumer.seek(tp, offset)
        return await consumer.getone(tp)
    finally:
        await consumer.stop()


async def receipt_holds(bootstrap: str, receipt: str) -> bool:
    """Whether the log has the very bytes that a receipt names, where it says."""
    partition, offset, digest = receipt.split(":")
    return record_hash((await record_at(bootstrap, int(partition), int(offset))).value) == digest
