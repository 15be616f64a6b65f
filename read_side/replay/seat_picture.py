"""A seat map drawn in the terminal."""

from itertools import groupby
from typing import Final

from rich.console import Console
from rich.text import Text

from read_side.replay.state import SIGNS, Picture, SectionPicture

_LOOKS: Final = {
    SIGNS[0]: ("free", "·", "green"),
    SIGNS[1]: ("held", "h", "black on yellow"),
    SIGNS[2]: ("booked", "B", "white on red"),
    SIGNS[3]: ("blocked", "x", "dim"),
}
"""Sign to its name, its character on the terminal, and its style."""


def print_picture(picture: Picture, console: Console) -> None:
    """Title, sections from the stage backwards, legend with counts."""
    heading = f"{picture.title} ({picture.show_id}) at version {picture.version:,}, {picture.at}"
    console.print(Text(heading, style="bold"), soft_wrap=True)
    for section in picture.sections:
        _print_section(section, console)
    legend = Text("\n")
    for sign, count in zip(SIGNS, (picture.free, picture.held, picture.booked, picture.blocked), strict=True):
        name, character, style = _LOOKS[sign]
        legend.append(character, style).append(f" {name} {count:,}   ")
    legend.append(f"of {picture.capacity:,}")
    if picture.lapsed:
        legend.append(f"; {picture.lapsed:,} of the free ones lapsed, with nothing recorded yet")
    console.print(legend, soft_wrap=True)


def _print_section(section: SectionPicture, console: Console) -> None:
    console.print(Text(f"\nsection {section.name}", style="bold"))
    width = max(len(row.name) for row in section.rows)
    for row in section.rows:
        line = Text(f"  {row.name:>{width}} {row.first:>4} ", style="dim")
        for sign, run in groupby(row.seats):
            _, character, style = _LOOKS[sign]
            line.append(character * len(list(run)), style)
        line.append(f"  {row.category}", "dim")
        console.print(line, soft_wrap=True)
