"""Requests that no decent client sends, byte by byte over a real connection."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.limits import BUYER_REQUEST_BYTES, MIB
from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People

CHUNK = b"1000\r\n" + b" " * 0x1000 + b"\r\n"


async def said(
    kafka: Stack, headers: list[str], body: bytes, then_close: bool = False, name: str = "command-api"
) -> bytes:
    """Everything the server says to one hold request, until it closes or has nothing more to say for a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", kafka.ports[name])
    writer.write("\r\n".join(["POST /shows/hamlet/holds HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body)
    if then_close:
        writer.write_eof()
    answer = b""
    try:
        async with asyncio.timeout(1):
            while part := await reader.read(65536):
                answer += part
    except TimeoutError:
        pass
    writer.close()
    return answer


def decent(people: People) -> list[str]:
    return [f"Authorization: {people.token('ann')['Authorization']}", "Content-Type: application/json"]


async def test_a_chunked_body_is_counted_while_it_comes(kafka: Stack, people: People):
    endless = CHUNK * (BUYER_REQUEST_BYTES // 0x1000 + 1)
    answer = await said(kafka, [*decent(people), "Transfer-Encoding: chunked"], endless)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


async def test_a_chunked_body_within_the_limit_is_read(kafka: Stack, people: People):
    answer = await said(kafka, [*decent(people), "Transfer-Encoding: chunked"], CHUNK + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"this is not JSON" in answer


@pytest.mark.parametrize("length", [str(BUYER_REQUEST_BYTES + 1), "9" * 15])
async def test_a_length_over_the_limit_is_refused_unread(kafka: Stack, people: People, length: str):
    answer = await said(kafka, [*decent(people), f"Content-Length: {length}"], b"")
    assert answer.startswith(b"HTTP/1.1 413 ")


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // MIB):
        yield b" " * MIB


async def told(address: str, path: str, headers: dict[str, str], body: bytes | AsyncIterator[bytes]) -> httpx.Response:
    """The answer to who listens only after it has spoken. Raises httpx.TransportError if there is none."""
    async with httpx.AsyncClient(base_url=address, timeout=15) as client:
        return await client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("path", ["/shows/hamlet/holds", "/shows"])
@pytest.mark.parametrize("size", [5 * MIB, 20 * MIB])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_who_goes_on_sending_is_told_413(kafka: Stack, people: People, path: str, size: int, declared: bool):
    headers = people.token("organiser" if path == "/shows" else "ann") | {"Content-Type": "application/json"}
    for _ in range(3):
        answer = await told(kafka.url("command-api"), path, headers, b" " * size if declared else in_pieces(size))
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
        assert answer.json()["type"] == "urn:seatlog:problem:request-too-large"


async def test_who_goes_on_sending_is_told_415(kafka: Stack, people: People):
    headers = people.token("ann") | {"Content-Type": "text/plain"}
    answer = await told(kafka.url("command-api"), "/shows/hamlet/holds", headers, b" " * 20 * MIB)
    assert answer.status_code == 415


async def test_that_check_catches_who_hangs_up(kafka: Stack, people: People):
    address = planted.start(kafka, "hang-up")
    headers = people.token("ann") | {"Content-Type": "application/json"}
    attempts = [told(address, "/shows/hamlet/holds", headers, b" " * 20 * MIB) for _ in range(10)]
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    assert any(isinstance(answer, httpx.TransportError) for answer in answers)
    kafka.process("hang-up").terminate()


async def test_half_a_body_is_no_command(kafka: Stack, people: People):
    body = b'{"seats": ["A-1-1"]}'
    assert await said(kafka, [*decent(people), f"Content-Length: {len(body) + 5}"], body, then_close=True) == b""


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: x"],
        ["Content-Length: -1"],
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
    ],
)
async def test_a_body_whose_end_is_a_matter_of_opinion_is_refused(kafka: Stack, people: People, headers: list[str]):
    answer = await said(kafka, [*decent(people), *headers], b"{}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer


@pytest.mark.parametrize(("name", "answer"), [("hurry", b"HTTP/1.1 408 "), ("wait-for-slow-clients", b"")])
async def test_a_body_that_does_not_end_is_408_in_time(kafka: Stack, people: People, name: str, answer: bytes):
    """And of a process that does not look at slow clients nothing is heard, so the looking is what does it."""
    planted.start(kafka, name)
    heard = await said(kafka, [*decent(people), "Content-Length: 50"], b"{", name=name)
    assert heard.startswith(answer)
    assert bool(heard) == bool(answer)
    kafka.process(name).terminate()
