"""Marks by which a wrapped process tells the nemesis what it has done: a line each in one file, kept over kills.

A line is the name of the mark, and the number of the process.
"""

import os

from scenarios.nemesis.scene import MARKS


def mark(what: str) -> None:
    """Leave a mark. One short write in append mode is whole, whoever else writes."""
    descriptor = os.open(os.environ[MARKS], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{what} {os.getpid()}\n".encode())
    finally:
        os.close(descriptor)


def marks() -> list[str]:
    """The names of all marks so far, in order."""
    try:
        with open(os.environ[MARKS], encoding="utf-8") as file:  # noqa: PTH123 - beside os.open
            return [line.split()[0] for line in file]
    except FileNotFoundError:
        return []
