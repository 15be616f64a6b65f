"""Run a command so that it cannot outlive the process that started it: `python tether.py PARENT_PID COMMAND...`.

Linux sends the chosen signal when the *thread* that started the child ends, hence `Supervisor` starts every child
from one thread that lives as long as the stack. A wrapper instead of `preexec_fn`, because the latter may deadlock in
a process with threads. Imports nothing but the standard library, so that it starts in a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("the launcher ended before this process began")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
