"""A handle on one process of a stack, for tests and scenarios that hurt it."""

import signal

from scenarios.stack.child import Child
from scenarios.stack.supervision import Supervisor


class ServiceProcess:
    """Always speaks to the process that runs under this name now."""

    def __init__(self, supervisor: Supervisor, name: str) -> None:
        self._supervisor = supervisor
        self.name = name

    @property
    def _child(self) -> Child:
        return self._supervisor.kept[self.name].child

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def restarts(self) -> int:
        return self._supervisor.kept[self.name].restarts

    @property
    def alive(self) -> bool:
        return self._child.exit_code() is None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        child = self._child
        child.signal(signal.SIGKILL)
        child.wait()

    def lose(self) -> None:
        """SIGKILL, and even a supervised process stays away, until `Stack.restart`."""
        self._supervisor.kept[self.name].wanted = False
        self.kill()

    def stop(self) -> None:
        """SIGSTOP: it lives, but does nothing."""
        self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._child.signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM: a graceful stop; `wait` for it. A supervised process is started again afterwards."""
        self._child.signal(signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for a signal. Raises subprocess.TimeoutExpired."""
        return self._child.wait(timeout)
