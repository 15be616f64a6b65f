"""The life of the query API's process."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import Final

import uvicorn
from pymongo import AsyncMongoClient

from contracts.operations.slow_clients import FIRST_REQUEST_SECONDS, SlowClients
from contracts.operations.tasks import end_tasks
from read_side.api.app import QueryApi
from read_side.api.front import Front
from read_side.api.settings import QueryApiSettings
from read_side.queries.read_models import Document

DRAIN_SECONDS: Final = 3


class ApiServer(uvicorn.Server):
    """Uvicorn without its own idea of signals: it would end the process by the signal that it caught."""

    def __init__(self, app: Front, settings: QueryApiSettings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=FIRST_REQUEST_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled in `serve` below."""
        yield


def connect(uri: str) -> AsyncMongoClient[Document]:
    """A client that says within two seconds that MongoDB is away. Only what a majority has can be read."""
    return AsyncMongoClient(
        uri,
        serverSelectionTimeoutMS=1_000,
        connectTimeoutMS=1_000,
        socketTimeoutMS=2_000,
        readConcernLevel="majority",
        tz_aware=True,
        appname="seatlog-query-api",
    )


async def serve(settings: QueryApiSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises any error of a part, and SystemExit if the port is taken."""
    async with connect(settings.mongo) as client:
        api = QueryApi(client[settings.mongo_database], settings.token_secret.get_secret_value())
        server = ApiServer(api.app, settings)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
        watching = asyncio.gather(api.read_models.watch(), SlowClients(server.server_state.connections).watch())
        watching.add_done_callback(lambda _: setattr(server, "should_exit", True))
        await server.serve()
        failed = watching.done()
        await end_tasks(watching)
        if failed:
            watching.result()
