"""The pages of the reports, from the templates that lie beside this module."""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def write_page(path: Path, template: str, **told: object) -> None:
    """Fill a template and write it, making the folder if need be. What it names must be told, but for `when`: now."""
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    when = f"{datetime.now().astimezone():%A %d %B %Y, %H:%M:%S %Z}"
    text = environment.get_template(template).render(when=when, **told)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
