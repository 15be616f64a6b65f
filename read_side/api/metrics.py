"""What the query API tells Prometheus."""

from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class QueryMetrics:
    """Requests by what was asked for. Paths are not labels, since anybody can make up new ones."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        seconds = Histogram(
            "seatlog_query_seconds", "Answering a question", ["kind"], buckets=_BUCKETS, registry=registry
        )
        answers = Counter("seatlog_query_answers", "Answers by status", ["kind", "status"], registry=registry)
        self.seat_map_seconds = seconds.labels("seat_map")
        self.other_seconds = seconds.labels("other")
        self.seat_map_sent = answers.labels("seat_map", "200")
        self.rate_limited = Counter(
            "seatlog_query_rate_limited",
            "Questions refused with 429 since their caller asked too often",
            registry=registry,
        )
        self._answers = answers

    def answered(self, kind: str, status: int) -> None:
        """One more answer."""
        self._answers.labels(kind, str(status)).inc()
