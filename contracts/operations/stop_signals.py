"""The signals by which an operator, a supervisor or a container tells a process to stop."""

import asyncio
import signal
from collections.abc import Callable


def on_stop_signal(call: Callable[[], object]) -> None:
    """From now on SIGTERM and SIGINT have the running loop call this, and do not end the process themselves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, call)
