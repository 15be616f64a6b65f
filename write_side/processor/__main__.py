"""`python -m write_side.processor`: one decider."""

import asyncio
import gc
import os
import socket

import mode.loop
from aiokafka.errors import KafkaError

from contracts.operations.command_line import settings_from_environment
from contracts.operations.kafka import TopicsUnfit, wait_for_topics
from contracts.operations.kafka_access import fit_access
from contracts.operations.logs import configure_logs
from write_side.processor.settings import Settings
from write_side.processor.succession import Predecessor


def main() -> None:
    """Check the topics, then decide until told to stop."""
    settings = settings_from_environment("write_side.processor", "One decider, until SIGTERM.", Settings)
    configure_logs("decider", settings.log_level)
    kafka = fit_access("decider", settings)
    try:
        partitions = asyncio.run(wait_for_topics(kafka, seconds=20))
    except (TopicsUnfit, KafkaError, OSError) as error:
        raise SystemExit(f"decider: {error}") from error
    predecessor = _predecessor(settings)
    if predecessor is None:
        _check_port(settings)
    mode.loop.use("uvloop")
    from write_side.processor.stopping import TimelyWorker  # after the loop is chosen: Faust binds it when imported
    from write_side.processor.worker import Worker

    owner = settings.decider_instance or f"{socket.gethostname()}-{os.getpid()}"
    worker = Worker(settings, partitions, owner, predecessor)
    faust_worker = TimelyWorker(worker.app, worker.finish)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # the state is large, lives long and has no cycles to look for
    faust_worker.execute_from_commandline()


def _predecessor(settings: Settings) -> Predecessor | None:
    """Whose place this decider takes; it has the port until then."""
    if settings.succeeds is None:
        return None
    try:
        return Predecessor(settings.succeeds)
    except OSError as error:
        raise SystemExit(f"decider: SEATLOG_SUCCEEDS names process {settings.succeeds}: {error.strerror}") from error


def _check_port(settings: Settings) -> None:
    """Say in a sentence what would else be a page of Faust's."""
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise SystemExit(f"decider: cannot listen on {where}, set SEATLOG_PORT: {error.strerror}") from error


if __name__ == "__main__":
    main()
