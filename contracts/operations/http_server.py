"""The HTTP server of every process that answers a port."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any, Final

import uvicorn

from contracts.operations.connections import (
    CONNECTIONS_MOST,
    BoundedConnection,
    Early,
    Room,
    room_for_connections,
)
from contracts.operations.slow_clients import FIRST_REQUEST_SECONDS, SlowClients
from contracts.operations.tasks import end_tasks

TICKS_A_LOOK: Final = 10
"""Uvicorn ticks ten times a second."""


class HttpServer(uvicorn.Server):
    """Uvicorn without its own idea of signals: it would end the process by the signal that it caught.

    `app` is an ASGI application. Told to stop (`should_exit`), it gives requests under way `drain_seconds`. `serve`
    raises SystemExit if the port is taken, after a sentence in the log. `early` is as in Room, `connections` how many
    it keeps if the system lets it. Slow clients are sent away.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - as Uvicorn has it
        host: str,
        port: int,
        drain_seconds: float,
        early: Early | None = None,
        connections: int = CONNECTIONS_MOST,
    ) -> None:
        self.room = Room(room_for_connections(connections), early)
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=partial(BoundedConnection, self.room),  # type: ignore[arg-type] # called as a class
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # no answer depends on where a request came from
                server_header=False,
                timeout_keep_alive=FIRST_REQUEST_SECONDS,
                timeout_graceful_shutdown=drain_seconds,  # type: ignore[arg-type] # any number does
            )
        )
        self._slow_clients = SlowClients(self.server_state.connections)

    async def on_tick(self, counter: int) -> bool:
        """Uvicorn's housekeeping, and that of slow clients."""
        if counter % TICKS_A_LOOK == 0:
            self._slow_clients.look()
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's own affair."""
        yield

    def begin_to_stop(self) -> None:
        """Take no more connections; `serve` ends when what is under way is answered, or its time is over."""
        self.should_exit = True

    async def serve_beside(
        self,
        work: Coroutine[Any, Any, None],
        begin_to_stop: Callable[[], None],
        finish: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Serve while `work` goes on. Raises what either raises.

        If the work ends first, `begin_to_stop` is called, which must stop the server too: without the work no answer
        would be right. If the server ends first, having been stopped, the work is ended after `finish`.
        """
        serving, working = asyncio.ensure_future(self.serve()), asyncio.ensure_future(work)
        await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            begin_to_stop()
        else:
            if finish is not None:
                await finish()
            await end_tasks(working)
        for outcome in await asyncio.gather(serving, working, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
                raise outcome
