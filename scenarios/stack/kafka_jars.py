"""Kafka's jars: fetched once, checked against the committed lock, kept in the cache for every tree of this user.

The lock has one line a jar: `sha256  group:artifact:version`. No address is in it: the `maven-artifact` package
knows the default repository.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from maven_artifact import Artifact, Downloader, RequestException
from rich.console import Console
from rich.progress import track

from scenarios.stack.failure import StackFailure

LOCK = Path(__file__).with_name("kafka.lock")
DOWNLOADS_AT_ONCE = 8


class Coordinates(NamedTuple):
    """Maven's name of one artifact."""

    group: str
    artifact: str
    version: str

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


class LockedJar(NamedTuple):
    coordinates: Coordinates
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.coordinates.artifact}-{self.coordinates.version}.jar"


def cache_folder() -> Path:
    """Where downloads live: `SEATLOG_CACHE`, else `seatlog` in the user's cache folder."""
    chosen = os.environ.get("SEATLOG_CACHE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seatlog"


def read_lock(lock: Path) -> list[LockedJar]:
    jars = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        sha256, name = line.split()
        group, artifact, version = name.split(":")
        jars.append(LockedJar(Coordinates(group, artifact, version), sha256))
    return jars


def write_lock(jars: Iterable[LockedJar], lock: Path = LOCK) -> None:
    head = "# What a Kafka broker runs from: SHA-256 and Maven coordinates. Written by `make lock-kafka`.\n"
    lock.write_text(head + "".join(f"{jar.sha256}  {jar.coordinates}\n" for jar in jars), encoding="utf-8")


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(coordinates: Coordinates, target: Path, extension: str = "jar") -> Path:
    """Fetch one artifact to `target`, whole or not at all. Raises StackFailure when it cannot be had."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        Downloader().download(Artifact(*coordinates, extension=extension), str(partial))
        partial.replace(target)
    except RequestException as error:
        reason = str(error.msg).splitlines()[-1][:300]
        raise StackFailure(f"Could not download {coordinates}: is there a network? ({reason})") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _fetch(jar: LockedJar, folder: Path) -> Path:
    target = folder / jar.file_name
    if not target.exists():
        download(jar.coordinates, target)
    found = sha256_of(target)
    if found != jar.sha256:
        target.unlink()
        raise StackFailure(
            f"{jar.coordinates} has SHA-256 {found}, but kafka.lock says {jar.sha256}; "
            "the file was thrown away: run it again to download it anew, and if it repeats do not trust the download."
        )
    return target


def jars_folder() -> Path:
    return cache_folder() / "kafka"


def fetch_jars(lock: Path | None = None, folder: Path | None = None, show_progress: bool = False) -> Path:
    """Bring every jar of the lock into `folder` (default: the cache) and check it; returns the folder.

    Every call checks every jar: a cache outlives the day on which it was checked, and its 43 MB take less than 0.1 s.
    Raises StackFailure on a hash that differs or a download that fails.
    """
    lock, folder = lock or LOCK, folder or jars_folder()
    jars = read_lock(lock)
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        fetched: Iterator[Path] = pool.map(lambda jar: _fetch(jar, folder), jars)
        if show_progress:
            for _ in track(fetched, total=len(jars), description="Kafka's jars", console=Console(stderr=True)):
                pass
        else:
            list(fetched)
    return folder


def class_path() -> str:
    """Java's class path of the broker: exactly the locked jars, nothing else that lies in the cache."""
    return os.pathsep.join(str(jars_folder() / jar.file_name) for jar in read_lock(LOCK))
