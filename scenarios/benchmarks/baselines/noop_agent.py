"""A Faust agent that does nothing but count and acknowledge the ordinary way: what Faust alone can carry.

    python -m scenarios.benchmarks.baselines.noop_agent KAFKA GROUP MESSAGES

Begins at the group's committed offsets, and prints how long it took from the first message to the last. The app has
the decider's settings, except that it has no table.
"""

import os
import sys
from time import perf_counter

import mode.loop
import msgspec


class NoopFigures(msgspec.Struct, frozen=True):
    """`seconds` from the first message (exclusive) to the last."""

    messages: int
    seconds: float


def main() -> None:
    """Count, print, end."""
    kafka, group, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
    mode.loop.use("uvloop")
    from faust.tables import TableManager  # after the loop is chosen: Faust binds it when imported
    from faust.types import StreamT

    from contracts.topics import COMMANDS
    from write_side.processor.settings import Settings
    from write_side.processor.worker import faust_app

    async def count(stream: StreamT[bytes]) -> None:
        seen, began = 0, 0.0
        async for _ in stream:
            if not seen:
                began = perf_counter()
            seen += 1
            if seen == messages:
                figures = NoopFigures(messages - 1, perf_counter() - began)
                os.write(1, msgspec.json.encode(figures))
                os._exit(0)  # the figure is taken; Faust's own way out takes seconds

    app = faust_app(Settings().model_copy(update={"kafka": kafka, "group": group}), group)
    app.conf.TableManager = TableManager
    raw = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    app.agent(app.topic(COMMANDS, **raw))(count)
    worker = app.Worker(override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
