"""Faust's Kafka transport with a consumer that sees the first command as soon as a partition is claimed.

Faust's own lets a fetch that finds nothing wait for 1.5 s, which delays every fetch behind it at the same broker; and
it looks for what was fetched, or for partitions to fetch, once a second. After a takeover that is a second lost.
"""

from collections.abc import Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP

from contracts.limits import KIB
from contracts.topics import COMMANDS

_WAIT_SECONDS: Final = 0.1
"""A worker without anything to do asks ten times a second; commands that come meanwhile end the wait at once."""
PORTION_BYTES: Final = 16 * KIB
"""Some 25 commands of usual size. A throttled worker waits for so many, _WAIT_SECONDS at most: few large fetches and
appends are what spares a broker and a core."""


class PromptConsumerThread(AIOKafkaConsumerThread):  # type: ignore[misc] # Faust's classes are untyped here
    """Where Faust makes its consumer, with numbers in it that no setting reaches."""

    def _create_worker_consumer(self, transport: Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = round(_WAIT_SECONDS * 1000)
        consumer._fetch_min_bytes = self.app.fetch_least_bytes
        return consumer


class PromptConsumer(Consumer):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's consumer on that thread."""

    def _new_consumer_thread(self) -> PromptConsumerThread:
        return PromptConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def resume_partitions(self, partitions: Iterable[TP]) -> None:
        """Only those of commands: through Faust a record of the log costs many times what our own reader takes."""
        super().resume_partitions([place for place in partitions if place.topic == COMMANDS])

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ANN401 - whatever Faust's gives
        if self.flow_active and not self._get_active_partitions():
            await self.sleep(_WAIT_SECONDS)
            return {}, set()
        return await super()._wait_next_records(min(timeout, _WAIT_SECONDS))


class PromptTransport(Transport):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's transport with that consumer."""

    Consumer = PromptConsumer
