"""A small disk is full when it is filled, keeps what lies on it, and goes without a trace."""

import errno
import subprocess
from pathlib import Path

import pytest

from scenarios.stack import small_disk
from scenarios.stack.failure import StackFailure
from scenarios.stack.small_disk import SmallDisk


def may_mount(folder: Path) -> bool:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "none", str(folder)],
        capture_output=True,
        check=False,  # as this user
    )
    if mounted.returncode == 0:
        subprocess.run(["umount", str(folder)], check=True)
    return mounted.returncode == 0


def test_a_filled_disk_takes_no_byte_until_there_is_room(tmp_path: Path) -> None:
    if not may_mount(tmp_path / "probe"):
        pytest.skip("this user may not mount")
    data = tmp_path / "data"
    data.mkdir()
    (data / "before").write_bytes(b"kept")
    with SmallDisk(data, megabytes=2) as disk:
        assert disk.fill() > 1 << 20
        with pytest.raises(OSError, match="No space") as full, (data / "more").open("wb", buffering=0) as more:
            more.write(bytes(8192))
        assert full.value.errno == errno.ENOSPC
        disk.make_room()
        (data / "more").write_bytes(bytes(8192))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "probe"]
    assert (data / "before").read_bytes() == b"kept"
    assert (data / "more").stat().st_size == 8192


def test_without_the_right_to_mount_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_command: str) -> None:
        raise StackFailure("`mount` failed: must be superuser")

    monkeypatch.setattr(small_disk, "_run", refused)
    data = tmp_path / "data"
    data.mkdir()
    (data / "before").write_bytes(b"kept")
    with pytest.raises(StackFailure, match="superuser"), SmallDisk(data, megabytes=2):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "before"]
