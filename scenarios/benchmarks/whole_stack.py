"""All of Seatlog on this machine, started when the first benchmark over HTTP needs it; loads, and what they cost."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import httpx
import msgspec
import psutil

from contracts.operations.tokens import Role, issue_token
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import LONG_HOLD_SECONDS, SEATS, large_plan, show_ids
from scenarios.benchmarks.kafka_ground import PARTITIONS
from scenarios.benchmarks.load_plan import MEASURED, MEASURING, LoadFigures, LoadPlan
from scenarios.house import SaleRules, show_on_sale
from scenarios.stack.stack import Stack

PROCESSES: Final = ("kafka", "mongo", "decider", "projector", "command-api", "query-api")
TOKEN_SECONDS: Final = 7200


class Loaded(NamedTuple):
    """A load's figures, and the CPU seconds of every process of the stack in the same window."""

    figures: LoadFigures
    cpu_seconds: Mapping[str, float]


class WholeStack:
    """The stack, round the gateway. Use it as a context manager; nothing starts before it is asked for."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._stack: Stack | None = None
        self._shows = 0

    def __enter__(self) -> "WholeStack":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def stack(self) -> Stack:
        """The running processes."""
        if self._stack is None:
            folder = Path(self._open.enter_context(TemporaryDirectory(prefix="seatlog-benchmark-")))
            started = Stack.start(folder, services=PROCESSES, supervised=False, partitions=PARTITIONS)
            self._stack = self._open.enter_context(started)
        return self._stack

    def put_on_sale(self, shows: int, hold_seconds: int = LONG_HOLD_SECONDS) -> tuple[str, ...]:
        """Fresh shows of 20,000 seats, dealt out to the partitions. Raises BenchmarkFailure."""
        self._shows += 1
        names = show_ids(f"benchmark-{self._shows}", shows, PARTITIONS)
        token = issue_token(self.stack.token_secret, "benchmark", Role.ORGANISER, TOKEN_SECONDS)
        rules = SaleRules(hold_seconds=hold_seconds, seats_per_hold=20, seats_per_buyer=SEATS)
        with httpx.Client(base_url=self.stack.url("command-api"), timeout=30) as api:
            for name in names:
                answer = api.post(
                    "/shows",
                    content=show_on_sale(name, "Benchmark", large_plan(), rules),
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/json",
                        "Prefer": "wait=10",
                    },
                )
                if answer.status_code != 201:
                    raise BenchmarkFailure(f"show {name} was not put on sale: {answer.status_code} {answer.text[:300]}")
        return tuple(names)

    def load(self, plan: LoadPlan) -> Loaded:
        """Run the load generator; every answer must be the one expected. Raises BenchmarkFailure."""
        processes = {name: psutil.Process(self.stack.process(name).pid) for name in PROCESSES}
        with subprocess.Popen(
            [sys.executable, "-m", "scenarios.benchmarks.load_generator"],
            env=self.stack.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as generator:
            assert generator.stdin is not None
            assert generator.stdout is not None
            generator.stdin.write(msgspec.json.encode(plan))
            generator.stdin.close()
            before = after = dict.fromkeys(PROCESSES, 0.0)
            told = b""
            for line in generator.stdout:
                if line == MEASURING:
                    before = cpu_seconds(processes)
                elif line == MEASURED:
                    after = cpu_seconds(processes)
                else:
                    told += line
        if generator.returncode != 0:
            raise BenchmarkFailure(f"the load generator ended with {generator.returncode}")
        figures = msgspec.json.decode(told, type=LoadFigures)
        if figures.unexpected:
            raise BenchmarkFailure(f"unexpected answers {figures.answers}: {'; '.join(figures.unexpected)}")
        if figures.unsent:
            raise BenchmarkFailure(f"{figures.unsent} requests could not be sent for want of a connection")
        return Loaded(figures, {name: after[name] - before[name] for name in PROCESSES})


def cpu_seconds(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    """User and system time of each process so far."""
    spent = {name: process.cpu_times() for name, process in processes.items()}
    return {name: times.user + times.system for name, times in spent.items()}
