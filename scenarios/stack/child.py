"""One process of the stack: started, signalled, waited for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")
LOG_TAIL_BYTES = 16 * 1024


class Child:
    """A running process in a session of its own, so that Ctrl-C reaches only the launcher, which stops it in order.

    Must be created by a thread that lives as long as the child should (see tether.py).
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", str(TETHER), str(os.getpid()), *command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.started_at = time.time()

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative is the number of the signal that ended it."""
        return self._process.poll()

    def lived_seconds(self) -> float:
        return time.monotonic() - self.started

    def signal(self, number: signal.Signals) -> None:
        """No error when the process has ended already."""
        self._process.send_signal(number)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        return self._process.wait(timeout)

    def end(self, within: float) -> None:
        """SIGTERM, and SIGKILL when it has not ended `within` seconds. A stopped process is woken first."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            self.wait(within)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.wait()


def describe_exit(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def last_line(log: Path) -> str:
    """The last line with something in it, or an empty text."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
