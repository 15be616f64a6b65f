"""MongoDB as the projector needs it."""

from pymongo import AsyncMongoClient

from projections.documents import Document


def connect(uri: str) -> AsyncMongoClient[Document]:
    """A client that gives up an attempt soon, since the projector tries again for ever."""
    return AsyncMongoClient(
        uri,
        serverSelectionTimeoutMS=2_000,
        connectTimeoutMS=2_000,
        socketTimeoutMS=20_000,
        maxPoolSize=8,
        w="majority",
        journal=True,
        appname="seatlog-projector",
    )
