"""The one port in front: which side gets what, and what is said when a side is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from scenarios.stack.gateway import Gateway
from scenarios.stack.ports import Ports


class Upstream:
    """An API that says what it was asked; `/live` streams one event and then nothing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.left = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/live":
            await self._stream(receive, send)
        else:
            await self._repeat(scope, receive, send)

    async def _repeat(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        seen = {
            "side": self._name,
            "method": scope["method"],
            "target": (scope["raw_path"] + b"?" + scope["query_string"]).decode(),
            "body": body.decode(),
            "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        }
        head = [(b"content-type", b"application/json"), (b"seatlog-receipt", b"0:1:ab")]
        await send({"type": "http.response.start", "status": 207, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})

    async def _stream(self, receive: Any, send: Any) -> None:
        head = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"id: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()


@pytest.fixture
def ports() -> Any:
    ports = Ports.free()
    yield ports
    ports.release()


@asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@asynccontextmanager
async def in_front_of(ports: Ports, reader: Upstream, writer: Upstream) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(reader, ports["query-api"]) as queries,
        serving(writer, ports["command-api"]) as commands,
        aclosing(Gateway(commands, queries)) as gateway,
        serving(gateway, ports["gateway"]) as address,
        httpx.AsyncClient(base_url=address, timeout=5) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("method", "side"), [("GET", "query"), ("POST", "command"), ("DELETE", "command"), ("PATCH", "command")]
)
async def test_reading_goes_to_the_query_api_and_the_rest_to_the_command_api(
    ports: Ports, method: str, side: str
) -> None:
    async with in_front_of(ports, Upstream("query"), Upstream("command")) as client:
        response = await client.request(method, "/shows/a%2Fb?seat=A-1-1&seat=A-1-2", headers={"Idempotency-Key": "k"})
    seen = response.json()
    assert (response.status_code, response.headers["seatlog-receipt"]) == (207, "0:1:ab")
    assert (seen["side"], seen["method"], seen["target"]) == (side, method, "/shows/a%2Fb?seat=A-1-1&seat=A-1-2")
    assert seen["headers"]["idempotency-key"] == "k"
    assert seen["headers"]["x-forwarded-for"] == "127.0.0.1"


async def test_a_body_passes_whole(ports: Ports) -> None:
    plan = "x" * 1_000_000
    async with in_front_of(ports, Upstream("query"), Upstream("command")) as client:
        assert (await client.post("/shows", content=plan)).json()["body"] == plan


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b"x" * 1000


class Strict(Upstream):
    """An API that refuses by size as soon as it knows, and leaves the rest of the body unread."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert int(dict(scope["headers"])[b"content-length"]) > 16_384
        head = [(b"content-type", b"application/problem+json"), (b"connection", b"close"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 413, "headers": head})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.mark.parametrize("body", [b"x" * 200_000, None], ids=["declared", "chunked"])
async def test_what_an_api_refuses_by_its_size_is_told_as_the_api_told_it(ports: Ports, body: bytes | None) -> None:
    async with in_front_of(ports, Upstream("query"), Strict("command")) as client:
        for _ in range(5):
            response = await client.post("/shows/tosca/holds", content=body or in_pieces(200_000))
            assert (response.status_code, response.content) == (413, b"{}")


@pytest.mark.parametrize("body", [b"x" * 5_000_000, None], ids=["declared", "chunked"])
async def test_what_no_api_would_take_is_refused_at_the_gateway(ports: Ports, body: bytes | None) -> None:
    async with in_front_of(ports, Upstream("query"), Upstream("command")) as client:
        response = await client.post("/shows", content=body or in_pieces(5_000_000))
    assert response.status_code == 413
    assert response.json()["type"] == "urn:seatlog:problem:request-too-large"
    assert "4194304 bytes" in response.json()["detail"]


async def test_a_stream_passes_as_it_comes_and_ends_with_its_reader(ports: Ports) -> None:
    reader = Upstream("query")
    async with in_front_of(ports, reader, Upstream("command")) as client:
        async with client.stream("GET", "/live") as response:
            assert await anext(response.aiter_raw()) == b"id: 1\n\n"
        await asyncio.wait_for(reader.left.wait(), 5)


async def test_a_side_that_is_away_is_a_503_that_says_nothing_was_done(ports: Ports) -> None:
    gateway = Gateway(f"http://127.0.0.1:{ports['command-api']}", f"http://127.0.0.1:{ports['query-api']}")
    async with serving(gateway, ports["gateway"]) as address, httpx.AsyncClient(base_url=address) as client:
        response = await client.post("/shows", json={})
        ready = await client.get("/readyz")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.headers["content-type"] == "application/problem+json"
    assert "nothing was done" in response.json()["detail"]
    assert (ready.status_code, ready.json()["missing"]) == (503, ["command API", "query API"])


async def test_a_side_that_breaks_off_is_a_502_that_leaves_the_outcome_open(ports: Ports) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    broken = await asyncio.start_server(hang_up, "127.0.0.1", ports["command-api"])
    gateway = Gateway(f"http://127.0.0.1:{ports['command-api']}", f"http://127.0.0.1:{ports['query-api']}")
    async with broken, serving(gateway, ports["gateway"]) as address, httpx.AsyncClient(base_url=address) as client:
        response = await client.post("/shows", json={})
    assert response.status_code == 502
    assert "same Idempotency-Key" in response.json()["detail"]
