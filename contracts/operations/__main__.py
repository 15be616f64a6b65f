"""`python -m contracts.operations`: what an operator does once for all processes."""

import asyncio
from typing import Annotated

import typer

from contracts.operations.kafka import TopicsUnfit, check_topics, create_topics

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Bootstrap = Annotated[str, typer.Option("--kafka", envvar="SEATLOG_KAFKA", help="Bootstrap servers, host:port.")]


@app.command("create-topics")
def create(
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Fixed at creation, for ever.")] = 3,
    replicas: Annotated[int, typer.Option(min=1, max=9, help="3 outside development.")] = 1,
    kafka: Bootstrap = "127.0.0.1:29092",
) -> None:
    """Create the topics that are missing, and check them all."""
    try:
        asyncio.run(create_topics(kafka, partitions, replicas))
    except TopicsUnfit as error:
        raise SystemExit(f"create-topics: {error}") from error
    typer.echo(f"the topics are ready, {partitions} partitions each")


@app.command("check-topics")
def check(kafka: Bootstrap = "127.0.0.1:29092") -> None:
    """Say whether the topics are as the protocol needs them."""
    try:
        found = asyncio.run(check_topics(kafka))
    except TopicsUnfit as error:
        raise SystemExit(f"check-topics: {error}") from error
    typer.echo(f"the topics are fit, {found} partitions each")


if __name__ == "__main__":
    app()
