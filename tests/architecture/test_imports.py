"""Imports point one way, the heart knows no framework, and importing connects nothing."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOMS, ROOT, modules

FRAMEWORKS = ("faust", "fastapi", "pymongo", "pydantic")
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
LAYERS = [
    "scenarios",
    "read_side.replay",
    "write_side.processor | write_side.api | projections | read_side.api",
    "read_side.queries",
    "write_side.domain",
    "contracts",
]


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=os.environ | {"PYTHONPATH": str(cwd)}, capture_output=True, text=True, check=False
    )


def python(source: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-c", source)


def test_import_linter_is_told_what_the_architecture_says():
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert tuple(rules["root_packages"]) == ROOMS
    layers, heart, queries = rules["contracts"]
    assert (layers["type"], layers["layers"]) == ("layers", LAYERS)
    assert heart["source_modules"] == ["contracts", "write_side.domain"]
    assert heart["forbidden_modules"] == list(FRAMEWORKS)
    assert (queries["source_modules"], queries["forbidden_modules"]) == (["projections", "write_side"], ["read_side"])


def test_imports_point_one_way():
    linted = run(LINT_IMPORTS, "--no-cache")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("contracts", "import write_side.domain"),
        ("contracts", "import pydantic"),
        ("write_side/domain", "import faust"),
        ("write_side/api", "import projections"),
        ("projections", "import write_side.processor"),
        ("projections", "import read_side.queries"),
        ("read_side/queries", "import read_side.api"),
        ("read_side/replay", "import scenarios"),
    ],
)
def test_an_import_that_points_the_other_way_is_noticed(tmp_path, room, line):
    for folder in (*ROOMS, *(f"write_side/{name}" for name in ("domain", "processor", "api"))):
        package(tmp_path / folder)
    for name in ("replay", "api", "queries"):
        package(tmp_path / "read_side" / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert run(LINT_IMPORTS, "--no-cache", cwd=tmp_path).returncode == 0
    (tmp_path / room / "stray.py").write_text(line + "\n")
    assert run(LINT_IMPORTS, "--no-cache", cwd=tmp_path).returncode == 1


def package(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()


HEART = [name for name in modules() if name.startswith(("contracts", "write_side.domain"))]
LOADED = "import sys, {names}\nprint(*sorted({frameworks!r} & sys.modules.keys()))"


@pytest.mark.parametrize("names", [[name] for name in HEART if name.count(".")] + [HEART], ids=lambda names: names[-1])
def test_contracts_and_domain_load_no_framework(names):
    loaded = python(LOADED.format(names=", ".join(names), frameworks=set(FRAMEWORKS)))
    assert (loaded.returncode, loaded.stdout.strip()) == (0, ""), loaded.stderr


def test_a_framework_that_is_loaded_is_noticed():
    loaded = python(LOADED.format(names="pydantic", frameworks=set(FRAMEWORKS)))
    assert loaded.stdout.strip() == "pydantic"


QUIETLY = """
import socket, sys, threading
def never(*_, **__):
    raise AssertionError("importing must not do this")
for name in ("connect", "connect_ex", "bind", "sendto"):
    setattr(socket.socket, name, never)
socket.getaddrinfo = never
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert threading.active_count() == 1, f"{name} started a thread"
"""


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_module_connects_nothing_and_starts_no_thread(room):
    imported = run(sys.executable, "-c", QUIETLY, *[name for name in modules() if name.split(".")[0] == room])
    assert imported.returncode == 0, imported.stderr


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    ],
)
def test_a_module_that_does_something_on_import_is_noticed(tmp_path, line):
    (tmp_path / "busy.py").write_text(line + "\n")
    imported = run(sys.executable, "-c", QUIETLY, "busy", cwd=tmp_path)
    assert imported.returncode == 1
    assert "AssertionError" in imported.stderr
