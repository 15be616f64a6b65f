"""The lean client against a stand-in server that misbehaves on purpose."""

import asyncio

import pytest

from scenarios.http_client import Client, Response, Unanswered
from tests.stand_in_http import CLOSE, Asked, said, stand_in

KEYED = {"Idempotency-Key": "k-1"}


def answered(outcome: Response | Unanswered) -> Response:
    assert isinstance(outcome, Response), outcome
    return outcome


def unanswered(outcome: Response | Unanswered) -> Unanswered:
    assert isinstance(outcome, Unanswered), outcome
    return outcome


async def test_an_answer_has_status_headers_body_and_times():
    async def script(asked: Asked) -> bytes:
        return said(201, asked.body, "Seatlog-Receipt: 0:1:ab")

    async with stand_in(script) as url, Client(url, connections=1) as client:
        response = answered(await client.request("POST", "/x", body=b'{"a": 1}'))
    assert (response.status, response.body, response.header(b"seatlog-receipt")) == (201, b'{"a": 1}', "0:1:ab")
    assert response.sent <= response.answered
    assert response.sends == 1


async def test_the_request_says_what_it_was_told():
    seen: list[Asked] = []

    async def script(asked: Asked) -> bytes:
        seen.append(asked)
        return said(200)

    async with stand_in(script) as url, Client(url, connections=1) as client:
        await client.request("POST", "/shows/x/holds", headers=KEYED, body=b"{}")
        await client.request("GET", "/shows/x")
    post, get = seen
    assert (post.method, post.path, post.body, post.headers["idempotency-key"]) == (
        "POST",
        "/shows/x/holds",
        b"{}",
        "k-1",
    )
    assert post.headers["host"] == url.removeprefix("http://")
    assert "content-length" not in get.headers


async def test_connections_are_kept_and_bounded():
    at_once = most = 0

    async def script(asked: Asked) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return said(200, str(asked.connection).encode())

    async with stand_in(script) as url, Client(url, connections=3) as client:
        outcomes = await asyncio.gather(*(client.request("GET", f"/{number}") for number in range(30)))
    assert {answered(outcome).body for outcome in outcomes} <= {b"0", b"1", b"2"}
    assert most <= 3


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n", b"abcdefg"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ],
    ids=["chunked", "until close", "no content", "not modified", "after an interim answer"],
)
async def test_every_framing_of_a_body_is_understood(raw: bytes, body: bytes):
    async def script(_: Asked) -> bytes:
        return raw

    async with stand_in(script) as url, Client(url, connections=1) as client:
        for _ in range(2):  # the second shows that the first left nothing behind
            assert answered(await client.request("GET", "/")).body == body


async def test_a_connection_that_the_server_closes_is_replaced():
    async def script(asked: Asked) -> bytes:
        return said(200, str(asked.connection).encode(), "Connection: close")

    async with stand_in(script) as url, Client(url, connections=1) as client:
        bodies = [answered(await client.request("GET", "/")).body for _ in range(3)]
    assert bodies == [b"0", b"1", b"2"]


async def test_a_request_without_a_key_is_never_sent_twice():
    seen: list[Asked] = []

    async def script(asked: Asked) -> bytes:
        seen.append(asked)
        return CLOSE

    async with stand_in(script) as url, Client(url, connections=1) as client:
        outcome = unanswered(await client.request("POST", "/"))
    assert len(seen) == outcome.sends == 1
    assert outcome.sent is not None


@pytest.mark.parametrize(("method", "headers"), [("GET", {}), ("POST", KEYED), ("DELETE", KEYED)])
async def test_a_harmless_request_is_sent_again_and_says_so(method: str, headers: dict[str, str]):
    seen: list[Asked] = []

    async def script(asked: Asked) -> bytes:
        seen.append(asked)
        return CLOSE if len(seen) < 3 else said(200)

    async with stand_in(script) as url, Client(url, connections=1) as client:
        response = answered(await client.request(method, "/", headers=headers))
    assert response.sends == len(seen) == 3


async def test_sending_again_is_bounded():
    async def script(_: Asked) -> bytes:
        return CLOSE

    async with stand_in(script) as url, Client(url, connections=1) as client:
        assert unanswered(await client.request("GET", "/")).sends == 3


async def test_a_late_answer_never_reaches_the_next_request():
    hurry = asyncio.Event()

    async def script(asked: Asked) -> bytes:
        if asked.path == "/slow":
            await hurry.wait()
        return said(200, asked.path.encode())

    async with stand_in(script) as url, Client(url, connections=1) as client:
        late = unanswered(await client.request("GET", "/slow", timeout=0.05))
        hurry.set()
        assert late.why == "no answer in time"
        assert answered(await client.request("GET", "/next")).body == b"/next"


async def test_waiting_for_a_connection_counts_as_waiting():
    never = asyncio.Event()

    async def script(_: Asked) -> bytes:
        await never.wait()
        return CLOSE

    async with stand_in(script) as url, Client(url, connections=1) as client:
        first = asyncio.create_task(client.request("GET", "/a", timeout=0.2))
        await asyncio.sleep(0)
        second = unanswered(await client.request("GET", "/b", timeout=0.05))
        assert second.sent is None
        assert unanswered(await first).sent is not None


async def test_what_is_no_http_is_no_answer():
    async def script(_: Asked) -> bytes:
        return b"SSH-2.0-OpenSSH\r\n"

    async with stand_in(script) as url, Client(url, connections=1) as client:
        assert "not HTTP" in unanswered(await client.request("POST", "/")).why


async def test_nobody_listening_is_no_answer_and_nothing_sent():
    async with stand_in(lambda _: asyncio.sleep(0, CLOSE)) as url:
        pass
    async with Client(url, connections=1) as client:
        outcome = unanswered(await client.request("POST", "/"))
    assert outcome.sent is None
    assert outcome.why.startswith("no connection")


async def test_closing_ends_what_is_under_way():
    never, came = asyncio.Event(), asyncio.Event()

    async def script(_: Asked) -> bytes:
        came.set()
        await never.wait()
        return CLOSE

    async with stand_in(script) as url:
        client = Client(url, connections=1)
        await client.warm_up(1)
        asking = asyncio.create_task(client.request("POST", "/"))
        await came.wait()
        client.close()
        assert isinstance(await asking, Unanswered)


async def test_what_is_sent_now_is_told_and_its_connection_used_again():
    async def script(asked: Asked) -> bytes:
        return said(200, str(asked.connection).encode() + asked.body)

    told: asyncio.Queue[Response | Unanswered] = asyncio.Queue()
    async with stand_in(script) as url, Client(url, connections=1) as client:
        await client.warm_up(1)
        request = client.encode("POST", "/", KEYED, b"{}")
        for _ in range(2):
            assert client.send_now(request, told.put_nowait)
            assert not client.send_now(request, told.put_nowait)  # the only connection is busy
            assert answered(await told.get()).body == b"0{}"


async def test_closing_tells_what_was_sent_now_and_not_answered():
    never, came = asyncio.Event(), asyncio.Event()

    async def script(_: Asked) -> bytes:
        came.set()
        await never.wait()
        return CLOSE

    told: asyncio.Queue[Response | Unanswered] = asyncio.Queue()
    async with stand_in(script) as url, Client(url, connections=1) as client:
        await client.warm_up(1)
        assert client.send_now(client.encode("GET", "/", {}, b""), told.put_nowait)
        await came.wait()
        client.close()
        assert unanswered(await told.get()).sent is not None


def test_only_plain_http_is_spoken():
    with pytest.raises(ValueError, match="only http://"):
        Client("https://example.org", connections=1)
