"""The logs of a stack, read for people."""

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from scenarios.stack.failure import StackFailure

POLL_SECONDS = 0.2


def choose(folder: Path, name: str | None) -> list[Path]:
    """The log of one service, or all. Raises StackFailure when there is none."""
    found = sorted(folder.glob("*.log"))
    chosen = [file for file in found if name is None or file.stem == name]
    if not chosen:
        there = ", ".join(file.stem for file in found) or "none"
        raise StackFailure(f"No log called {name or 'anything'} in {folder}: there are {there}.")
    return chosen


def show(files: Sequence[Path], lines: int) -> None:
    """Print the last lines of each, under its name when there are several."""
    for file in files:
        if len(files) > 1:
            print(f"── {file.stem}")
        with file.open(encoding="utf-8", errors="replace") as stream:
            for line in deque(stream, maxlen=lines):
                print(line, end="")


def follow(files: Sequence[Path]) -> None:
    """Print what is added, each line after the name of its service, until Ctrl-C."""
    streams = {file.stem: file.open(encoding="utf-8", errors="replace") for file in files}
    try:
        for stream in streams.values():
            stream.seek(0, 2)
        while True:
            for name, stream in streams.items():
                for line in stream:
                    print(f"{name:12} {line}", end="", flush=True)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return
    finally:
        for stream in streams.values():
            stream.close()
