"""The walk over project files takes what a broker runs with, and stops rather than guess."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.stack import kafka_closure
from scenarios.stack.kafka_closure import UnresolvedDependency, closure
from scenarios.stack.kafka_jars import Coordinates

ROOT = Coordinates("org.example", "broker", "1")
POM = '<project xmlns="urn:pom">{}</project>'


def dependency(artifact: str, version: str | None, *more: str) -> str:
    written = f"<version>{version}</version>" if version else ""
    inside = f"<groupId>org.example</groupId><artifactId>{artifact}</artifactId>{written}{''.join(more)}"
    return f"<dependency>{inside}</dependency>"


def dependencies(*entries: str) -> str:
    return f"<dependencies>{''.join(entries)}</dependencies>"


@pytest.fixture
def resolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Give project files by artifact; get the closure of `broker` as `artifact:version`."""
    monkeypatch.setattr(kafka_closure, "ROOTS", (ROOT,))

    def run(**project_files: str) -> list[str]:
        def fetch(coordinates: Coordinates) -> Path:
            file = tmp_path / coordinates.artifact
            file.write_text(POM.format(project_files.get(coordinates.artifact, "")), encoding="utf-8")
            return file

        return [f"{found.artifact}:{found.version}" for found in closure(fetch)]

    return run


def test_it_takes_what_runs_and_leaves_what_only_builds_or_is_optional(resolve: Callable[..., list[str]]) -> None:
    found = resolve(
        broker=dependencies(
            dependency("a", "1"),
            dependency("b", "2", "<scope>runtime</scope>"),
            dependency("c", "3", "<scope>test</scope>"),
            dependency("d", "4", "<optional>true</optional>"),
        )
    )
    assert found == ["a:1", "b:2", "broker:1"]


def test_the_nearest_version_wins(resolve: Callable[..., list[str]]) -> None:
    found = resolve(
        broker=dependencies(dependency("a", "1"), dependency("b", "1")), a=dependencies(dependency("b", "9"))
    )
    assert found == ["a:1", "b:1", "broker:1"]


def test_versions_come_from_properties_and_parents(resolve: Callable[..., list[str]]) -> None:
    parent = "<parent><groupId>org.example</groupId><artifactId>family</artifactId><version>7</version></parent>"
    managed = f"<dependencyManagement>{dependencies(dependency('b', '5'))}</dependencyManagement>"
    found = resolve(
        broker=parent + dependencies(dependency("a", "${a.version}"), dependency("b", None)),
        family="<properties><a.version>6</a.version></properties>" + managed,
    )
    assert found == ["a:6", "b:5", "broker:1"]


@pytest.mark.parametrize("version", [None, "[1,2)", "${nowhere}"])
def test_a_version_that_it_cannot_tell_stops_it(resolve: Callable[..., list[str]], version: str | None) -> None:
    with pytest.raises(UnresolvedDependency):
        resolve(broker=dependencies(dependency("a", version)))
