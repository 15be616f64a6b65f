"""What the projector tells Prometheus."""

import time
from collections import Counter as Count
from collections.abc import Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from projections.entry import Batch

_LAG_BUCKETS: Final = (
    *(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0, 60.0),
)
_SIZE_BUCKETS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class ProjectorMetrics:
    """All names begin with `seatlog_projection_`."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._lag = Histogram(
            "seatlog_projection_lag_seconds",
            "From an event's append to the log until its documents were written",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        self._behind = Gauge(
            "seatlog_projection_lag_records", "Records not projected yet", ["partition"], registry=registry
        )
        self._sizes = Histogram(
            "seatlog_projection_batch_records", "Records a batch", buckets=_SIZE_BUCKETS, registry=registry
        )
        self._seconds = Histogram(
            "seatlog_projection_batch_seconds", "Folding and writing a batch", buckets=_LAG_BUCKETS, registry=registry
        )
        self._events = Counter("seatlog_projection_events", "Events projected", ["type"], registry=registry)
        self._void = Gauge("seatlog_projection_void_records", "Void records met since the start", registry=registry)
        self._generation = Gauge("seatlog_projection_generation", "The generation written", registry=registry)

    def generation(self, number: int) -> None:
        """Another generation is written from now on."""
        self._generation.set(number)

    def batch(self, batch: Batch, seconds: float, void: int) -> None:
        """A batch was written."""
        now = time.time() * 1000
        self._sizes.observe(batch.records)
        self._seconds.observe(seconds)
        self._void.set(void)
        for name, count in Count(entry.record.type for entry in batch.entries).items():
            self._events.labels(name).inc(count)
        for entry in batch.entries:
            self._lag.observe(max(0.0, (now - entry.appended_at) / 1000))

    def behind(self, records: Mapping[int, int]) -> None:
        """How many records each partition's log has after its checkpoint."""
        for partition, count in records.items():
            self._behind.labels(str(partition)).set(count)
