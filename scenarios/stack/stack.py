"""Real Kafka, real MongoDB and the services, on this machine, from Python.

    with Stack.start(folder, services=("kafka", "mongo", "decider")) as stack:
        stack.kafka, stack.mongo, stack.url("decider")
        stack.process("decider").kill()          # a supervised process comes back by itself
        stack.wait_ready("decider")
        stack.start_service("decider", name="decider-2")

Tests that kill and restart by hand pass `supervised=False` and call `stack.restart("kafka")`: same data, same port.
Everything is stopped at the end of the `with`; when this process is killed the kernel kills its children.
Calls block: from async code use `asyncio.to_thread`.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from scenarios.stack import kafka_cluster, mongo_server, services
from scenarios.stack.child import Child, describe_exit, last_line
from scenarios.stack.failure import StackFailure
from scenarios.stack.guard import OPERATOR, Guard, guard_of, token_secret_of
from scenarios.stack.ports import LOOPBACK, Ports, demand_free
from scenarios.stack.process import ServiceProcess
from scenarios.stack.services import EVERYTHING, SERVERS, Service, Site
from scenarios.stack.settings import StackSettings
from scenarios.stack.state import StackState, process_started_at, read_state, remove_state, write_state
from scenarios.stack.supervision import Restarts, Supervisor, state_of

POLL_SECONDS = 0.05


class Stack:
    """A set of running processes with one folder for their data, logs and state. Build it with `Stack.start`."""

    def __init__(
        self, folder: Path, ports: Ports, settings: StackSettings, restarts: Restarts, supervised: bool, brokers: int
    ) -> None:
        self.folder = folder
        self.guard: Guard | None = None
        self.ports = ports
        self.supervised = supervised
        self.brokers = brokers
        self._settings = settings
        self._ready = False
        self._extra_environment: Mapping[str, str] = {}
        self._own_pid = os.getpid()
        self._process_started_at = process_started_at(self._own_pid)
        self.token_secret = settings.token_secret or token_secret_of(folder)
        self._supervisor = Supervisor(folder, restarts, self._write_state)

    @classmethod
    def start(  # noqa: PLR0913 - each may be left out, and most callers leave most of them out
        cls,
        folder: Path,
        *,
        ports: Ports | None = None,
        services: Sequence[str] = EVERYTHING,
        supervised: bool = True,
        environment: Mapping[str, str] | None = None,
        partitions: int = 3,
        restarts: Restarts | None = None,
        brokers: int = 1,
        deciders: int = 1,
        secure: bool = False,
    ) -> Self:
        """Start the named services and wait until every one is ready.

        Several brokers are one cluster of processes called `kafka-1`, `kafka-2`, …; several deciders are `decider`,
        `decider-2`, …. A `secure` stack lets in only users that it knows (guard.py). Kafka and mongod are left out when
        `SEATLOG_KAFKA` or `SEATLOG_MONGO` names one that runs. Topics are created when any service of ours is wanted.
        `environment` goes to our services on top of the caller's own.
        Raises StackFailure, with nothing left running.
        """
        folder = folder.absolute()
        if read_state(folder) is not None:
            raise StackFailure(f"A stack already runs on {folder}: use it, or run `make down` first.")
        folder.mkdir(parents=True, exist_ok=True)
        stack = cls(folder, ports or Ports.free(), StackSettings(), restarts or Restarts(), supervised, brokers)
        stack._extra_environment = environment or {}
        try:
            given = stack._settings.kafka is not None or stack._settings.mongo is not None
            stack.guard = guard_of(folder, secure, given)
            stack._bring_up(services, partitions, deciders)
        except BaseException:
            stack.stop()
            raise
        return stack

    @staticmethod
    def running(folder: Path) -> StackState | None:
        """The addresses of the stack that another process runs on this folder, or None when there is none."""
        state = read_state(folder.absolute())
        return state if state is not None and state.ready else None

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return self._settings.kafka or kafka_cluster.bootstrap(self.ports, self.brokers)

    @property
    def mongo(self) -> str:
        """MongoDB URI, without a database."""
        return self._settings.mongo or mongo_server.uri(self.ports["mongo"])

    @property
    def mongo_database(self) -> str:
        return self._extra_environment.get("SEATLOG_MONGO_DATABASE", self._settings.mongo_database)

    def url(self, name: str) -> str:
        """`http://127.0.0.1:PORT` of a service, with no slash at the end."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def environment(self, user: str = "replay") -> dict[str, str]:
        """What a process of ours must be given in order to use this stack, if it is secure as this user."""
        return services.shared_environment(self._site(), user)

    def process(self, name: str) -> ServiceProcess:
        """The handle of a process; it stays valid over restarts. Raises KeyError for one that was never started."""
        self._supervisor.kept[name]
        return ServiceProcess(self._supervisor, name)

    def start_service(
        self,
        kind: str,
        *,
        name: str | None = None,
        environment: Mapping[str, str] | None = None,
        wait: bool = True,
        module: str | None = None,
    ) -> ServiceProcess:
        """Start one more process of a kind (`decider`, …) on a port of its own, and wait until it is ready.

        `module` runs instead of the kind's own: a wrapper of it that plants faults.
        """
        service = services.python_service(kind, name or kind, self._site(environment or {}), self.ports, module)
        self.run(service, wait=wait)
        return self.process(service.name)

    def run(self, service: Service, *, wait: bool = True) -> None:
        """Start a service that is not in the table."""
        self._supervisor.start(service, self.supervised)
        if wait:
            self.wait_ready(service.name)

    def supervise(self, name: str, supervised: bool) -> None:
        """Whether a process that ends is started again from now on."""
        self._supervisor.supervise(name, supervised)

    def restart(self, name: str, *, wait: bool = True) -> None:
        """Start again a process that has ended, with the same data and port; ends it first if it still runs."""
        self.replace(self.service(name), wait=wait)

    def hand_over(self, name: str) -> None:
        """Restart a decider with hardly a pause: its successor reads the log first. Raises StackFailure."""
        self._supervisor.hand_over(name)
        self.wait_ready(name)

    def service(self, name: str) -> Service:
        """What runs, or last ran, under this name. Raises KeyError."""
        return self._supervisor.kept[name].service

    def replace(self, service: Service, *, wait: bool = True) -> None:
        """End the process of this name, if it still runs, and start this one in its place."""
        supervised = self._supervisor.kept[service.name].supervised
        self._supervisor.end([service.name])
        self._supervisor.start(service, supervised)
        if wait:
            self.wait_ready(service.name)

    def end(self, *names: str) -> None:
        """End these processes in order; even supervised ones stay away until `restart`."""
        self._supervisor.end(list(names))

    def wait_ready(self, *names: str, within: float | None = None) -> None:
        """Wait until these services (default: all) are ready. Raises StackFailure after `within` seconds, or as soon
        as one has ended that nobody starts again."""
        for name in names or tuple(self._supervisor.kept):
            self._wait_ready(name, within)

    def stop(self) -> None:
        """End everything: our processes first, then the servers. May be called twice."""
        if self._own_pid != os.getpid():
            return
        names = list(self._supervisor.kept)
        self._supervisor.end([name for name in names if not services.is_server(name)])
        self._supervisor.end([name for name in names if services.is_server(name)])
        self._supervisor.close()
        self.ports.release()
        remove_state(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self, kinds: Sequence[str], partitions: int, deciders: int) -> None:
        for kind in kinds:
            if kind not in EVERYTHING:
                raise StackFailure(f"No service is called {kind}: there are {', '.join(EVERYTHING)}.")
        servers = [server for kind in SERVERS if kind in kinds for server in self._servers(kind)]
        ours = [
            services.python_service(kind, name, self._site(), self.ports)
            for kind in kinds
            if kind not in SERVERS
            for name in services.named(kind, deciders)
        ]
        for service in (*servers, *ours):
            demand_free(service.name, service.ports)
        self._start_together(servers)
        if ours:
            if self.guard is not None:
                self._run_job("rights", services.grant_command(), OPERATOR)
            copies = kafka_cluster.copies_of(self.brokers)
            self._run_job("topics", services.create_topics_command(partitions, copies), "topics")
        self._start_together(ours)
        self._ready = True
        self._write_state()

    def _start_together(self, started: Sequence[Service]) -> None:
        """At its first start a process that dies is a failure to report, not one to repeat."""
        for service in started:
            self._supervisor.start(service, supervised=False)
        for service in started:
            self.wait_ready(service.name)
        for service in started:
            self._supervisor.supervise(service.name, self.supervised)

    def _servers(self, kind: str) -> tuple[Service, ...]:
        """The processes of a kind of server; none when the environment names one that runs already."""
        if kind == "mongo":
            given = self._settings.mongo is not None
            return () if given else (services.mongo(self.folder, self.ports, self.mongo_database, self.guard),)
        if self._settings.kafka is not None:
            return ()
        kafka_cluster.demand_same_cluster(self.folder, self.brokers)
        return services.kafka(self.folder, self.ports, self.brokers, self.guard)

    def _site(self, more: Mapping[str, str] | None = None) -> Site:
        return Site(
            folder=self.folder,
            kafka=self.kafka,
            mongo=self.mongo,
            mongo_database=self.mongo_database,
            token_secret=self.token_secret,
            environment={**self._extra_environment, **(more or {})},
            guard=self.guard,
        )

    def _run_job(self, name: str, command: tuple[str, ...], user: str) -> None:
        log = self.folder / "logs" / f"{name}.log"
        code = Child(command, self.environment(user), self.folder / "work" / name, log).wait()
        if code != 0:
            raise StackFailure(f"Making the {name} ended with {describe_exit(code)}: {last_line(log)} (log: {log})")

    def _wait_ready(self, name: str, within: float | None) -> None:
        kept = self._supervisor.kept[name]
        allowed = kept.service.start_within if within is None else within
        deadline = time.monotonic() + allowed
        while True:
            code = kept.child.exit_code()
            if code is not None and not kept.supervised:
                raise StackFailure(
                    f"{name} ended at its start with {describe_exit(code)}: {last_line(kept.log)} (log: {kept.log})"
                )
            missing = kept.service.missing() if code is None else describe_exit(code)
            if missing is None:
                return
            if time.monotonic() > deadline:
                raise StackFailure(f"{name} is not ready after {allowed:.0f} s: {missing} (log: {kept.log})")
            time.sleep(POLL_SECONDS)

    def _write_state(self) -> None:
        states = [state_of(kept) for kept in list(self._supervisor.kept.values())]
        write_state(
            self.folder,
            StackState(
                pid=self._own_pid,
                process_started_at=self._process_started_at,
                ready=self._ready,
                kafka=self.kafka,
                mongo=self.mongo,
                mongo_database=self.mongo_database,
                token_secret=self.token_secret,
                urls={state.name: self.url(state.name) for state in states if not services.is_server(state.name)},
                services=states,
            ),
        )
