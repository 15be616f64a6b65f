"""The rules of the house that a tool can keep: sizes, names, empty packages, no address of anybody's machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOMS, ROOT, python_files, written_files

LINES_A_FILE = 300
LINES_A_FUNCTION = 60
KINDS = {"common", "utils", "util", "helpers", "helper", "base", "manager", "misc"}

# Put together here, so that this file does not contain what it forbids.
REGISTRIES = [
    r"pypi" + r"\.org/(simple|packages)",
    r"files\.pythonhosted" + r"\.org",
    r"repo1?\.maven" + r"\.(org|apache\.org)",
    r"registry\.npm" + r"js\.org",
    r"--(extra-)?index-" + r"url[= ]",
]
MACHINE_PATHS = [r"(?<![\w.$}])/(" + "|".join(("work", "root")) + r")/[\w.]"]
ADDRESSES = re.compile("|".join(REGISTRIES + MACHINE_PATHS))


def long_functions(source: str, limit: int = LINES_A_FUNCTION) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                yield f"{node.name} has {lines} lines"


def addresses(text: str) -> list[str]:
    return [found.group() for found in ADDRESSES.finditer(text)]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_a_file_fits_in_a_head():
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in python_files(*ROOMS, "tests")}
    assert {path: count for path, count in lines.items() if count > LINES_A_FILE} == {}


def test_a_function_fits_on_a_page():
    found = {path.relative_to(ROOT): list(long_functions(path.read_text())) for path in python_files(*ROOMS, "tests")}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_long_function_is_noticed():
    source = "async def f():\n" + "    pass\n" * LINES_A_FUNCTION
    assert list(long_functions(source)) == [f"f has {LINES_A_FUNCTION + 1} lines"]
    assert not list(long_functions(source.removesuffix("    pass\n")))


def test_packages_are_empty():
    filled = [path for path in python_files(*ROOMS, "tests") if path.name == "__init__.py" and path.stat().st_size]
    assert filled == []


def test_a_module_is_named_for_what_it_knows():
    names = {path: set(path.stem.split("_")) | {path.parent.name} for path in python_files(*ROOMS, "tests")}
    assert [path for path, words in names.items() if words & KINDS] == []


def test_no_address_of_a_registry_or_a_machine_is_in_the_tree():
    found = {path.relative_to(ROOT): addresses(text_of(path)) for path in written_files()}
    assert {path: texts[:3] for path, texts in found.items() if texts} == {}


def test_an_address_is_noticed():
    for planted in (
        "--index-" + "url https://example.org",
        "https://pypi" + ".org/simple/faust",
        "https://repo1.maven" + ".org/maven2",
        'cache = "/' + 'work/cache"',
        "/" + "root/.cache",
    ):
        assert addresses(planted), planted
    assert not addresses("https://example.org/work/page and ./work/x and $HOME/root/x")
