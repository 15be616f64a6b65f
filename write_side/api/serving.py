"""The life of the command API's process: connect, serve, stop without leaving anybody unanswered."""

from functools import partial
from typing import Final

import structlog

from contracts.operations.http_server import HttpServer
from contracts.operations.kafka import wait_for_topics
from contracts.operations.stop_signals import on_stop_signal
from contracts.operations.tasks import run_together
from write_side.api.app import Parts
from write_side.api.deciding import keep_looking
from write_side.api.early_refusal import EarlyRefusal
from write_side.api.settings import CommandApiSettings

DRAIN_SECONDS: Final = 2.5
"""Longer than waiting.PLACE_SECONDS, so that everybody who waits is answered before connections are cut."""
FLUSH_SECONDS: Final = 2.0

log: Final = structlog.get_logger()


async def serve(settings: CommandApiSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises TopicsUnfit and KafkaError if it cannot begin, and any error of a part."""
    partitions = await wait_for_topics(settings.kafka_access(), settings.kafka_patience_seconds)
    parts = Parts(settings, partitions)
    server = HttpServer(parts.app, settings.host, settings.port, DRAIN_SECONDS, EarlyRefusal(parts.desk))
    begin_to_stop = partial(_begin_to_stop, server, parts)
    on_stop_signal(begin_to_stop)
    try:
        await parts.writer.start()
        await parts.tail.start()
        await parts.first_answers.start()
        work = run_together(
            parts.outbox.run(),
            parts.writer.watch(),
            parts.tail.run(),
            keep_looking(parts.deciding, parts.outbox.on_hand, server.room.waited_seconds),
        )
        await server.serve_beside(
            work,
            begin_to_stop=begin_to_stop,
            finish=partial(parts.outbox.finish, FLUSH_SECONDS),
        )
    finally:
        await parts.writer.stop(FLUSH_SECONDS)
        await parts.tail.stop()
        await parts.first_answers.stop()
    log.info("stopped")


def _begin_to_stop(server: HttpServer, parts: Parts) -> None:
    """Take no more commands, and tell who waits that it is pending as soon as the log has it."""
    parts.outbox.close()
    parts.waiting.hurry_all()
    server.begin_to_stop()
