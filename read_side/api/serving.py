"""The life of the query API's process."""

from typing import Final

from pymongo import AsyncMongoClient

from contracts.operations.http_server import HttpServer
from contracts.operations.stop_signals import on_stop_signal
from read_side.api.app import QueryApi
from read_side.api.settings import QueryApiSettings
from read_side.queries.read_models import Document

DRAIN_SECONDS: Final = 3
MONGO_CONNECTIONS: Final = 100


def connect(uri: str) -> AsyncMongoClient[Document]:
    """A client that says within two seconds that MongoDB is away, or all connections busy. Only what a majority has can
    be read."""
    return AsyncMongoClient(
        uri,
        serverSelectionTimeoutMS=1_000,
        connectTimeoutMS=1_000,
        socketTimeoutMS=2_000,
        maxPoolSize=MONGO_CONNECTIONS,
        waitQueueTimeoutMS=1_000,
        readConcernLevel="majority",
        tz_aware=True,
        appname="seatlog-query-api",
    )


async def serve(settings: QueryApiSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises any error of a part, and SystemExit if the port is taken."""
    async with connect(settings.mongo) as client:
        secret = settings.token_secret.get_secret_value()
        api = QueryApi(client[settings.mongo_database], secret, settings.requests_per_second())
        server = HttpServer(api.app, settings.host, settings.port, DRAIN_SECONDS)
        on_stop_signal(server.begin_to_stop)
        await server.serve_beside(api.read_models.watch(), server.begin_to_stop)
