"""The files of the project, as the tests of its architecture look at them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
ROOMS: Final = ("contracts", "write_side", "projections", "read_side", "scenarios")


IGNORED: Final = {"reports", "htmlcov"}
DOTTED: Final = {".ci", ".gitignore", ".dockerignore"}


def python_files(*folders: str) -> Iterator[Path]:
    """Python files of these folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def modules() -> list[str]:
    """The names of all modules of all rooms."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in python_files(*ROOMS)
    ]


def written_files() -> Iterator[Path]:
    """Every file that people or tools wrote into the tree to stay there; not what git ignores."""
    for path in sorted(ROOT.iterdir()):
        if path.name in IGNORED or (path.name.startswith(".") and path.name not in DOTTED):
            continue
        if path.is_file():
            yield path
        else:
            yield from (one for one in sorted(path.rglob("*")) if one.is_file() and "__pycache__" not in one.parts)
