"""What the command API counts. Names are for Prometheus, prefix `seatlog_command_api_`."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PREFIX: Final = "seatlog_command_api_"
SECONDS: Final = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0)
KINDS: Final = ("accepted", "refused", "failed", "pending", "unavailable", "invalid")


class LoadMetrics:
    """What is refused, and what for: how each partition is decided."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.rate_limited = Counter(
            f"{PREFIX}rate_limited", "Requests refused with 429 since their caller asked too often.", registry=registry
        )
        self.backlog = Gauge(
            f"{PREFIX}backlog_commands",
            "Commands in front of one that comes now, in this process and in the log.",
            ["partition"],
            registry=registry,
        )
        self.decision_rate = Gauge(
            f"{PREFIX}decisions_per_second",
            "How fast commands to the partition were decided when many waited.",
            ["partition"],
            registry=registry,
        )
        self.refusing = Gauge(
            f"{PREFIX}refusing", "1 while commands to the partition are refused.", ["partition"], registry=registry
        )
        self.turned_away = Counter(
            f"{PREFIX}turned_away", "Holds and bookings refused with 503 before they were read.", registry=registry
        )
        self.circuit = Gauge(
            f"{PREFIX}circuit_state",
            "Whether callers wait for the partition's answers: 0 closed, they do; 1 half-open; 2 open, they do not.",
            ["partition"],
            registry=registry,
        )
        self.circuit_transitions = Counter(
            f"{PREFIX}circuit_transitions",
            "Changes of that state, by the one entered.",
            ["partition", "state"],
            registry=registry,
        )


class Metrics:
    """The meters of one process; a test gives a registry of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.load = LoadMetrics(registry)
        latency = Histogram(
            f"{PREFIX}answer_seconds", "From request to answer, by kind.", ["kind"], buckets=SECONDS, registry=registry
        )
        self.latency = {kind: latency.labels(kind) for kind in KINDS}
        """Observing one also counts it: `seatlog_command_api_answer_seconds_count{kind=...}`."""
        self.append = Histogram(
            f"{PREFIX}append_seconds",
            "From handing a batch over to its confirmation.",
            buckets=SECONDS,
            registry=registry,
        )
        self.group = Histogram(
            f"{PREFIX}group_commands", "Commands in one record.", buckets=(1, 2, 4, 8, 16, 32, 64), registry=registry
        )
        self.unknown = Counter(f"{PREFIX}appends_unknown", "Appends whose outcome is unknown.", registry=registry)
        self.repeats = Counter(f"{PREFIX}repeats", "Answers that repeat an earlier event's.", registry=registry)
        self.waiters = Gauge(f"{PREFIX}waiters", "Commands that wait for an answer.", registry=registry)
        self.queued = Gauge(f"{PREFIX}queued", "Commands not yet handed to Kafka.", registry=registry)
        self.tail_lag = Gauge(f"{PREFIX}tail_lag_records", "Events not read yet.", ["partition"], registry=registry)
        self.halted = Gauge(
            f"{PREFIX}halted_partitions",
            "1 for a partition whose events a log fault has stopped from being read.",
            ["partition"],
            registry=registry,
        )
        self.voids = Gauge(f"{PREFIX}void_records", "Void records seen since start.", ["partition"], registry=registry)
