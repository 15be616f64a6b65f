"""A disk of a few megabytes under one folder, which can be filled without filling the machine's.

It is a file system in memory. To mount one takes the right to do so: root, or CAP_SYS_ADMIN in a container. Where that
is missing a StackFailure says so, and nothing was changed.
"""

import errno
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scenarios.stack.failure import StackFailure

_FILLER: Final = "filler"
_PIECES: Final = (1 << 20, 1 << 12, 1)


class SmallDisk:
    """Use it as a context manager round a folder that no process has open, neither at the start nor at the end.

    What is in the folder moves onto the disk, and back at the end. `fill` leaves no byte free, `make_room` gives back
    what it took.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        self._megabytes = megabytes
        self._aside = folder.with_name(f"{folder.name}.aside")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.rename(self._aside)
        self._folder.mkdir()
        try:
            self._mount()
        except StackFailure:
            self._put_back()
            raise
        try:
            _copy(self._aside, self._folder)
        except BaseException:
            _run("umount", str(self._folder))
            self._put_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.make_room()
        shutil.rmtree(self._aside)
        self._aside.mkdir()
        _copy(self._folder, self._aside)
        _run("umount", str(self._folder))
        self._put_back()

    def fill(self) -> int:
        """Take every free byte; how many they were."""
        taken = 0
        with (self._folder / _FILLER).open("ab", buffering=0) as filler:
            for piece in _PIECES:
                taken += _write_until_full(filler.write, bytes(piece))
        return taken

    def make_room(self) -> None:
        """Give back what `fill` took."""
        (self._folder / _FILLER).unlink(missing_ok=True)

    def _mount(self) -> None:
        _run("mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=0700", "seatlog", str(self._folder))

    def _put_back(self) -> None:
        self._folder.rmdir()
        self._aside.rename(self._folder)


def _write_until_full(write: Callable[[bytes], int | None], piece: bytes) -> int:
    taken = 0
    while True:
        try:
            taken += write(piece) or 0
        except OSError as full:
            if full.errno != errno.ENOSPC:
                raise
            return taken


def _copy(source: Path, target: Path) -> None:
    """With holes where there are holes: a broker's index files are mostly that."""
    _run("cp", "-a", "--sparse=always", f"{source}/.", str(target))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackFailure(
            f"`{' '.join(command)}` failed: {done.stderr.strip()} (a small disk needs the right to mount, and room)."
        )
