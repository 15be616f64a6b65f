"""Something that goes on in a thread of its own beside what a caller does, and whose failure the caller hears of."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Beside(ABC):
    """Use it as a context manager: `_go_on` runs in a thread from the beginning of the `with` and is to return soon
    after `_over` is set, at its end. What it raises is raised there, or noted on what the body itself has raised."""

    def __init__(self, name: str) -> None:
        self._over = threading.Event()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._failed is None:
            return
        if error is None:
            raise self._failed
        error.add_note(f"Beside it, the {self._thread.name} had failed: {self._failed!r}")

    @abstractmethod
    def _go_on(self) -> None:
        """What the thread does."""

    def _run(self) -> None:
        try:
            self._go_on()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._failed = error
