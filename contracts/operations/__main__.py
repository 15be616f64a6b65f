"""`python -m contracts.operations`: what an operator does once for all processes."""

import asyncio
import os
from typing import Annotated

import typer

from contracts.operations.kafka import TopicsUnfit, check_topics, create_topics
from contracts.operations.kafka_access import LOCAL_KAFKA, AccessUnfit, KafkaAccess, access_from_environment
from contracts.operations.rights import DECIDERS, USERS, grant

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Bootstrap = Annotated[str, typer.Option("--kafka", envvar="SEATLOG_KAFKA", help="Bootstrap servers, host:port.")]


@app.command("create-topics")
def create(
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Fixed at creation, for ever.")] = 3,
    replicas: Annotated[int, typer.Option(min=1, max=9, help="3 outside development.")] = 1,
    kafka: Bootstrap = LOCAL_KAFKA,
) -> None:
    """Create the topics that are missing, and check them all."""
    try:
        asyncio.run(create_topics(_access(kafka, lasting=True), partitions, replicas))
    except TopicsUnfit as error:
        raise SystemExit(f"create-topics: {error}") from error
    typer.echo(f"the topics are ready, {partitions} partitions each")


@app.command("check-topics")
def check(kafka: Bootstrap = LOCAL_KAFKA) -> None:
    """Say whether the topics are as the protocol needs them."""
    try:
        found = asyncio.run(check_topics(_access(kafka)))
    except TopicsUnfit as error:
        raise SystemExit(f"check-topics: {error}") from error
    typer.echo(f"the topics are fit, {found} partitions each")


@app.command("grant")
def give_rights(
    group: Annotated[str, typer.Option(help="The deciders' consumer group.")] = DECIDERS,
    kafka: Bootstrap = LOCAL_KAFKA,
) -> None:
    """Give the user of each process its least rights in Kafka; run it as a user that may alter the cluster."""
    try:
        granted = asyncio.run(grant(_access(kafka), group))
    except TopicsUnfit as error:
        raise SystemExit(f"grant: {error}") from error
    typer.echo(f"{granted} rights stand, for {', '.join(USERS)}")


def _access(servers: str, *, lasting: bool = False) -> KafkaAccess:
    try:
        return access_from_environment(servers, os.environ, lasting=lasting)
    except AccessUnfit as error:
        raise SystemExit(f"contracts.operations: {error}") from error


if __name__ == "__main__":
    app()
