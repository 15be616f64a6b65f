"""Where a scenario runs: the stack that runs already, or one of its own for as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from scenarios.stack.failure import StackFailure
from scenarios.stack.guard import Guard
from scenarios.stack.services import EVERYTHING
from scenarios.stack.stack import Stack

NEEDED: Final = tuple(name for name in EVERYTHING if name != "gateway")
"""Scenarios speak to the two APIs directly."""


class SaleSite(NamedTuple):
    """The addresses of a stack. `lasting` is false for one that ends with the scenario."""

    command_api: str
    query_api: str
    kafka: str
    mongo: str
    mongo_database: str
    token_secret: str
    lasting: bool


@contextmanager
def sale_site(folder: Path, *, fresh: bool) -> Iterator[SaleSite]:
    """The stack that runs on this folder; without one, or if a fresh one is wanted, a stack on free ports with its
    data in a temporary folder, stopped at the end. Raises StackFailure."""
    running = None if fresh else Stack.running(folder)
    if running is not None and Guard.kept(folder.absolute()) is not None:
        raise StackFailure(f"The stack of {folder} is secure, and scenarios know no password: add --fresh, or stop it.")
    if running is not None:
        yield SaleSite(
            command_api=running.urls["command-api"],
            query_api=running.urls["query-api"],
            kafka=running.kafka,
            mongo=running.mongo,
            mongo_database=running.mongo_database,
            token_secret=running.token_secret,
            lasting=True,
        )
        return
    with TemporaryDirectory(prefix="seatlog-") as temporary, Stack.start(Path(temporary), services=NEEDED) as stack:
        yield site_of(stack)


def site_of(stack: Stack) -> SaleSite:
    """The addresses of a stack that this process runs."""
    return SaleSite(
        command_api=stack.url("command-api"),
        query_api=stack.url("query-api"),
        kafka=stack.kafka,
        mongo=stack.mongo,
        mongo_database=stack.mongo_database,
        token_secret=stack.token_secret,
        lasting=False,
    )
