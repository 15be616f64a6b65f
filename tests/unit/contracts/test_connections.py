"""How many connections a server keeps, on real sockets in this process; and how many it hears in one turn."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.operations import connections
from contracts.operations.connections import HEARD_IN_ONE_TURN, NO_ROOM, Early, Room, room_for_connections
from contracts.operations.health import Receive, Scope, Send, send_response
from contracts.operations.http_server import HttpServer
from tests.until import until

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(_: Scope, __: Receive, send: Send) -> None:
    await send_response(send, 200, "text/plain", b"hello")


@asynccontextmanager
async def server_with_room_for(most: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[HttpServer, int]]:
    monkeypatch.setattr("contracts.operations.http_server.room_for_connections", lambda _: most)
    server = HttpServer(hello, "127.0.0.1", 1, 1.0)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve([listening]))
    try:
        yield server, listening.getsockname()[1]
    finally:
        server.begin_to_stop()
        await serving


async def answers_of(early: Early | None, monkeypatch: pytest.MonkeyPatch, *pieces: bytes) -> list[bytes]:
    """The bodies that one connection hears, when each of these is said after the answer to the one before."""
    async with server_with_room_for(10, monkeypatch) as (server, port):
        server.room.early = early
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        bodies = []
        for piece in pieces:
            for part in piece.split(b"|"):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                bodies.append(await reader.readexactly(length))
        writer.close()
        return bodies


SORRY = b"HTTP/1.1 503 -\r\nContent-Length: 5\r\n\r\nsorry"


def sorry(data: bytes) -> bytes | None:
    return SORRY if data.startswith(b"GET /full ") else None


async def test_an_early_answer_leaves_the_connection_as_it_was(monkeypatch: pytest.MonkeyPatch):
    full = ASK.replace(b"/", b"/full", 1)
    heard = await answers_of(sorry, monkeypatch, full, ASK, full, full, ASK)
    assert heard == [b"sorry", b"hello", b"sorry", b"sorry", b"hello"]


async def test_who_does_not_read_early_answers_is_not_heard(monkeypatch: pytest.MonkeyPatch):
    """What is kept for it stays within what one connection may have, whatever it goes on to send."""
    large = b"HTTP/1.1 503 -\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    async with server_with_room_for(10, monkeypatch) as (server, port):
        answered: list[bytes] = []
        server.room.early = lambda data: answered.append(data) or large
        with socket.create_connection(("127.0.0.1", port)) as speaker:
            await until(lambda: server.server_state.connections)
            connection = next(iter(server.server_state.connections))
            while not connection.flow.write_paused:
                said = len(answered)
                speaker.sendall(ASK)
                await until(lambda said=said: len(answered) > said)
            speaker.sendall(ASK)
            await until(lambda: connection.cycle)
            assert connection.transport.get_write_buffer_size() < 2 * len(large)


async def test_who_was_answered_early_and_is_silent_then_is_let_go(monkeypatch: pytest.MonkeyPatch):
    async with server_with_room_for(10, monkeypatch) as (server, port):
        server.room.early, server.config.timeout_keep_alive = sorry, 0.05
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK.replace(b"/", b"/full", 1))
        async with asyncio.timeout(5):
            assert await reader.read() == SORRY
        writer.close()


async def test_the_rest_of_a_request_is_not_taken_for_another(monkeypatch: pytest.MonkeyPatch):
    split = b"GET / HTTP/1.1\r\nX: |GET /full HTTP/1.1\r\nHost: x\r\n\r\n"
    assert await answers_of(sorry, monkeypatch, split, ASK) == [b"hello", b"hello"]


async def told(port: int) -> tuple[bytes, asyncio.StreamWriter]:
    """What a new connection hears first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    async with asyncio.timeout(5):
        return await reader.readuntil(b"\r\n"), writer


async def rooms(most: int, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The statuses of three connections at once, and of a fourth after one has gone."""
    async with server_with_room_for(most, monkeypatch) as (server, port):
        came = [await told(port) for _ in range(3)]
        came[0][1].close()
        await until(lambda: len(server.server_state.connections) < min(most, 3))
        came.append(await told(port))
        for _, writer in came:
            writer.close()
        return [line.split(b" ")[1] for line, _ in came]


async def test_beyond_the_bound_503_until_somebody_goes(monkeypatch: pytest.MonkeyPatch):
    assert await rooms(2, monkeypatch) == [b"200", b"200", b"503", b"200"]


async def test_within_the_bound_everybody_is_served(monkeypatch: pytest.MonkeyPatch):
    assert await rooms(3, monkeypatch) == [b"200"] * 4


def test_who_is_turned_away_is_told_when_to_ask_again():
    assert b"\r\nretry-after: 1\r\n" in NO_ROOM


@pytest.mark.parametrize(
    ("soft", "hard", "room", "raised_to"),
    [
        (1_024, 1_048_576, 10_000, 10_256),
        (1_024, 4_096, 3_840, 4_096),
        (20_000, 20_000, 10_000, None),
        (1_024, resource.RLIM_INFINITY, 10_000, 10_256),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 10_000, None),
    ],
)
def test_the_limit_of_open_files_is_raised_as_far_as_allowed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, raised_to: int | None
):
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert room_for_connections() == room
    assert raised == ([] if raised_to is None else [(raised_to, hard)])


class Speaker:
    """A connection as a Room knows it, and what was heard of it."""

    def __init__(self, heard: list[bytes]) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport = self.flow = self
        self.read_paused = False
        self.paused = self.closing = self.turned_away = False
        self._heard = heard

    def answered_early(self, _: bytes) -> bool:
        return self.turned_away

    def heard(self, data: bytes) -> None:
        self._heard.append(data)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def is_closing(self) -> bool:
        return self.closing


async def heard_turn_by_turn(room: Room, speakers: int) -> list[int]:
    """How many were heard after each turn of the loop, when so many spoke in the first."""
    heard: list[bytes] = []
    everybody = [Speaker(heard) for _ in range(speakers)]
    for number, speaker in enumerate(everybody):
        room.hear(speaker, b"%d" % number)  # type: ignore[arg-type]
    counts = [len(heard)]
    while len(heard) < speakers:
        await asyncio.sleep(0)
        counts.append(len(heard))
    assert heard == [b"%d" % number for number in range(speakers)], "in the order in which they spoke"
    assert not any(speaker.paused for speaker in everybody)
    return counts


async def test_a_turn_hears_so_many_and_the_others_in_theirs():
    room = Room(10_000)
    counts = await heard_turn_by_turn(room, 200)
    assert max(after - before for before, after in zip([0, *counts], counts, strict=False)) == HEARD_IN_ONE_TURN
    assert room.waited_seconds() == 0.0


async def test_that_check_catches_who_hears_everybody_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "HEARD_IN_ONE_TURN", 1000)
    assert await heard_turn_by_turn(Room(10_000), 200) == [200]


async def test_how_long_the_next_one_has_waited_is_known(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(connections, "monotonic", lambda: now)
    room, heard = Room(10_000), list[bytes]()
    for _ in range(HEARD_IN_ONE_TURN + 1):
        room.hear(Speaker(heard), b"")  # type: ignore[arg-type]
    now += 0.7
    assert room.waited_seconds() == pytest.approx(0.7)


async def test_who_has_left_is_not_heard():
    room, heard = Room(10_000), list[bytes]()
    speakers = [Speaker(heard) for _ in range(HEARD_IN_ONE_TURN + 2)]
    for speaker in speakers:
        room.hear(speaker, b"")  # type: ignore[arg-type]
    speakers[-2].closing = True
    await until(lambda: len(heard) == HEARD_IN_ONE_TURN + 1)
    assert speakers[-2].paused
    assert room.waited_seconds() == 0.0


async def test_who_is_answered_early_at_its_turn_is_not_heard_and_read_on():
    room, heard = Room(10_000), list[bytes]()
    speakers = [Speaker(heard) for _ in range(HEARD_IN_ONE_TURN + 2)]
    for speaker in speakers:
        room.hear(speaker, b"")  # type: ignore[arg-type]
    speakers[-2].turned_away = True
    await until(lambda: len(heard) == HEARD_IN_ONE_TURN + 1)
    assert not speakers[-2].paused


async def test_who_is_not_read_for_another_reason_is_not_read_again():
    room, heard = Room(10_000), list[bytes]()
    speakers = [Speaker(heard) for _ in range(HEARD_IN_ONE_TURN + 1)]
    for speaker in speakers:
        room.hear(speaker, b"")  # type: ignore[arg-type]
    speakers[-1].read_paused = True
    await until(lambda: len(heard) == len(speakers))
    assert speakers[-1].paused
