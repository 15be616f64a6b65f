"""The HTTP server of every process that answers a port."""

import contextlib
from collections.abc import Iterator
from typing import Any

import uvicorn

from contracts.operations.slow_clients import FIRST_REQUEST_SECONDS


class HttpServer(uvicorn.Server):
    """Uvicorn without its own idea of signals: it would end the process by the signal that it caught.

    `app` is an ASGI application. Told to stop (`should_exit`), it gives requests under way `drain_seconds`. `serve`
    raises SystemExit if the port is taken, after a sentence in the log.
    """

    def __init__(self, app: Any, host: str, port: int, drain_seconds: float) -> None:  # noqa: ANN401
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http="httptools",
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

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's own affair."""
        yield
