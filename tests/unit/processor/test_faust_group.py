"""What a refused commit means for a decider with a stable name and for one without."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import NoReturn

import pytest
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from write_side.processor import faust_group
from write_side.processor.faust_group import FaustGroup


class Ended(Exception):
    """Instead of the end of the process."""


class Thread:
    """Faust's consumer thread, as far as a commit needs it."""

    def __init__(self, *errors: Exception | None) -> None:
        self._errors = list(errors)
        self.tp_last_committed_at: dict[object, float] = {}
        self.committed: list[object] = []
        self._coordinator = SimpleNamespace(generation=3, _rejoin_needed_fut=asyncio.Future())

    def _ensure_consumer(self) -> "Thread":
        return self

    async def call_thread(self, call: Callable[..., Awaitable[bool]], *arguments: object) -> bool:
        return await call(*arguments)

    async def commit(self, offsets: Mapping[object, int]) -> None:
        error = self._errors.pop(0)
        if error is not None:
            raise error
        self.committed.append(offsets)


def _refused(cause: Exception) -> CommitFailedError:
    error = CommitFailedError()
    error.__cause__ = cause
    return error


def _group(*errors: Exception | None, instance: str | None = "decider") -> FaustGroup:
    app = SimpleNamespace(consumer_generation_id=3, consumer=SimpleNamespace(_thread=Thread(*errors)))
    return FaustGroup(app, instance)  # type: ignore[arg-type]


async def test_a_member_commits() -> None:
    assert await _group(None).commit(0, 7, 3)


async def test_who_is_of_another_generation_does_not() -> None:
    assert not await _group(None).commit(0, 7, 2)


@pytest.mark.parametrize("error", [_refused(RebalanceInProgressError()), IllegalStateError()])
async def test_a_rebalance_under_way_refuses_a_commit_and_ends_nobody(error: Exception) -> None:
    assert not await _group(error).commit(0, 7, 3)


async def test_who_is_unknown_because_he_rejoins_goes_on() -> None:
    group = _group(_refused(IllegalGenerationError()), _refused(UnknownMemberIdError()), None)
    assert not await group.commit(0, 7, 3)
    assert not await group.commit(0, 7, 3)
    assert await group.commit(0, 7, 3)


@pytest.mark.parametrize("rejoins", ["without a membership", "about to join"])
async def test_who_rejoins_commits_nothing_until_he_is_a_member_again(rejoins: str) -> None:
    group = _group(_refused(IllegalGenerationError()), None)
    thread = group._app.consumer._thread
    assert not await group.commit(0, 7, 3)
    if rejoins == "about to join":
        thread._coordinator._rejoin_needed_fut.set_result(None)
    else:
        thread._coordinator.generation = -1
    assert not await group.commit(0, 7, 3)
    assert not thread.committed, "its answer would come when he is a member again, and cost him that"

    thread._coordinator = SimpleNamespace(generation=4, _rejoin_needed_fut=asyncio.Future())
    group._app.consumer_generation_id = 4
    assert await group.commit(0, 7, 4)


async def test_a_name_that_another_process_took_over_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(why: str, error: BaseException | None = None) -> NoReturn:
        raise Ended(why)

    monkeypatch.setattr(faust_group, "end_process", end)
    with pytest.raises(Ended, match="another process runs under the instance id 'decider'"):
        await _group(_refused(UnknownMemberIdError())).commit(0, 7, 3)
    assert not await _group(_refused(UnknownMemberIdError()), instance=None).commit(0, 7, 3)
