"""Which jars a Kafka broker needs: a walk over the project files (POMs) of Maven, from the broker's own jar.

Only what `lock-kafka` needs: parents, properties, managed versions, compile and runtime scope, the nearest version
wins. Anything else (version ranges, imported lists of versions that decide something here) stops with an error,
so that a lock is never guessed.
"""

import contextlib
import io
import re
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from scenarios.stack.kafka_jars import Coordinates, LockedJar, download, sha256_of, write_lock

KAFKA_VERSION = "4.4.0"
ROOTS = (
    Coordinates("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    # The logging backend for the slf4j 1.7 that Kafka uses: the smallest, it writes to the process's own output.
    Coordinates("org.slf4j", "slf4j-simple", "1.7.36"),
)
PROPERTY = re.compile(r"\$\{([^}]+)\}")


class UnresolvedDependency(Exception):
    """A dependency whose version this walk cannot tell."""


class ProjectFile:
    """One POM with its parents behind it."""

    def __init__(self, root: etree._Element, parent: "ProjectFile | None") -> None:
        self._root = root
        self._parent = parent

    def _text(self, path: str) -> str | None:
        text: str | None = self._root.findtext(path)
        return text.strip() if text else None

    def property(self, name: str) -> str | None:
        if name in ("project.version", "project.groupId", "version", "groupId"):
            field = name.removeprefix("project.")
            return self._text(f"{{*}}{field}") or self._text(f"{{*}}parent/{{*}}{field}")
        own = self._text(f"{{*}}properties/{{*}}{name}")
        if own is not None:
            return own
        return self._parent.property(name) if self._parent else None

    def expand(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            found = self.property(match[1])
            if found is None:
                raise UnresolvedDependency(f"no value for the property {match[1]}")
            return self.expand(found)

        return PROPERTY.sub(value, text)

    def managed_version(self, group: str, artifact: str) -> str | None:
        for entry in self._root.findall("{*}dependencyManagement/{*}dependencies/{*}dependency"):
            texts = fields(entry)
            if self.expand(texts["groupId"]) == group and self.expand(texts["artifactId"]) == artifact:
                return self.expand(texts["version"])
        return self._parent.managed_version(group, artifact) if self._parent else None

    def runtime_dependencies(self) -> list[Coordinates]:
        found = []
        for entry in self._root.findall("{*}dependencies/{*}dependency"):
            texts = fields(entry)
            if texts.get("scope", "compile") not in ("compile", "runtime") or texts.get("optional") == "true":
                continue
            group, artifact = self.expand(texts["groupId"]), self.expand(texts["artifactId"])
            written = texts.get("version")
            version = self.expand(written) if written else self.managed_version(group, artifact)
            if version is None or "[" in version:
                raise UnresolvedDependency(f"{group}:{artifact} has no plain version")
            found.append(Coordinates(group, artifact, version))
        return found


def fields(entry: etree._Element) -> dict[str, str]:
    """The plain child elements of a <dependency>, by their name."""
    return {
        etree.QName(child).localname: (child.text or "").strip()
        for child in entry
        if isinstance(child.tag, str) and not len(child)
    }


def closure(fetch_project_file: Callable[[Coordinates], Path]) -> list[Coordinates]:
    """Every jar of a broker, the broker's own first, each once in its nearest version; then sorted by name."""

    def read(coordinates: Coordinates) -> ProjectFile:
        root = etree.parse(fetch_project_file(coordinates)).getroot()
        parent = root.find("{*}parent")
        if parent is None:
            return ProjectFile(root, None)
        texts = fields(parent)
        return ProjectFile(root, read(Coordinates(texts["groupId"], texts["artifactId"], texts["version"])))

    chosen: dict[tuple[str, str], Coordinates] = {}
    waiting = deque(ROOTS)
    while waiting:
        coordinates = waiting.popleft()
        if coordinates[:2] in chosen:
            continue
        chosen[coordinates[:2]] = coordinates
        waiting.extend(read(coordinates).runtime_dependencies())
    return sorted(chosen.values())


def write_kafka_lock() -> int:
    """Resolve everything anew, download it, write kafka.lock; returns how many jars there are."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):

        def fetch_project_file(coordinates: Coordinates) -> Path:
            file = Path(scratch) / f"{coordinates.group}-{coordinates.artifact}-{coordinates.version}.pom"
            return file if file.exists() else download(coordinates, file, "pom")

        locked = []
        for coordinates in closure(fetch_project_file):
            jar = Path(scratch) / f"{coordinates.artifact}.jar"
            locked.append(LockedJar(coordinates, sha256_of(download(coordinates, jar))))
    write_lock(locked)
    return len(locked)
