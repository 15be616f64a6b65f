"""What the product's modules find in place of Kafka, clocks and the end of the process; claims are renewed often."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.simulation.kafka_in_memory import ConsumerInMemory, FetchInMemory, partitions_in_memory
from tests.simulation.processes import begin_task, end_this_process
from tests.simulation.simulated_loop import Clock, SimulatedLoop

CLOCKED: Final = (
    *(f"write_side.processor.{name}" for name in ("batch", "decider", "expiry", "reseek", "watchdog")),
    *(f"write_side.api.{name}" for name in ("desk", "incoming", "outbox")),
    *(f"projections.{name}" for name in ("metrics", "process", "rebuild")),
)
"""The modules that ask what time it is by `time`."""
STAND_INS: Final[dict[str, Any]] = {
    "write_side.api.tail.AIOKafkaConsumer": ConsumerInMemory,
    "projections.log_reader.AIOKafkaConsumer": ConsumerInMemory,
    "write_side.api.first_answers.KafkaFetch": FetchInMemory,
    "projections.process.check_topics": partitions_in_memory,
    "projections.rebuild.check_topics": partitions_in_memory,
    "write_side.processor.watchdog.end_process": end_this_process,
    "write_side.processor.decider.CLAIM_EVERY_RECORDS": 60,
    "write_side.processor.decider.CLAIM_EVERY_SECONDS": 40.0,
}


@contextmanager
def simulated_world() -> Iterator[SimulatedLoop]:
    """A loop whose time every module takes for the time, until the end of the `with`."""
    loop = SimulatedLoop()
    loop.set_task_factory(begin_task)
    clock = Clock(loop)
    replaced = [_replace(f"{module}.time", clock) for module in CLOCKED]
    replaced += [_replace(name, stand_in) for name, stand_in in STAND_INS.items()]
    try:
        yield loop
    finally:
        for module, name, before in replaced:
            setattr(module, name, before)
        loop.close()


def _replace(path: str, value: Any) -> tuple[Any, str, Any]:
    module_name, _, name = path.rpartition(".")
    module = importlib.import_module(module_name)
    before = getattr(module, name)
    setattr(module, name, value)
    return module, name, before
