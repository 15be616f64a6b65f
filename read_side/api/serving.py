"""The life of the query API's process."""

import asyncio
import signal
from typing import Final

from pymongo import AsyncMongoClient

from contracts.operations.http_server import HttpServer
from contracts.operations.slow_clients import SlowClients
from contracts.operations.tasks import end_tasks, run_together
from read_side.api.app import QueryApi
from read_side.api.settings import QueryApiSettings
from read_side.queries.read_models import Document

DRAIN_SECONDS: Final = 3


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
        server = HttpServer(api.app, settings.host, settings.port, DRAIN_SECONDS)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _begin_to_stop, server)
        await _serve_while_all_is_well(server, api)


def _begin_to_stop(server: HttpServer) -> None:
    server.should_exit = True


async def _serve_while_all_is_well(server: HttpServer, api: QueryApi) -> None:
    """Until the server ends by itself; a part that fails ends the process, since its answers would grow old."""
    serving = asyncio.ensure_future(server.serve())
    working = asyncio.ensure_future(
        run_together(SlowClients(server.server_state.connections).watch(), api.read_models.watch())
    )
    await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        _begin_to_stop(server)
    else:
        await end_tasks(working)
    outcomes = await asyncio.gather(serving, working, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
            raise outcome
