"""Make the virtual environment from the hashed lock: `python3.11 scenarios/stack/bootstrap.py VENV CACHE`.

Runs before anything is installed, so it imports the standard library only. Wheels are downloaded into the cache
once for each lock and always installed from there: the next tree needs no network.
"""

import hashlib
import os
import platform
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

LOCK = Path("requirements.lock")
OLDEST_GLIBC = (2, 34)


def demand_machine() -> None:
    """Ends the program with one sentence when this machine cannot run Seatlog."""
    version = platform.python_version()
    if platform.python_implementation() != "CPython" or sys.version_info[:2] != (3, 11):
        sys.exit(f"Seatlog needs CPython 3.11, this is {version}: run make with PYTHON=/path/to/python3.11.")
    machine = sysconfig.get_platform()
    if machine != "linux-x86_64":
        sys.exit(f"Seatlog's local servers need Linux on x86-64, this is {machine}: use compose.yaml there.")
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        sys.exit(f"Seatlog's local servers need glibc 2.34 or newer, this is {name} {version}: use compose.yaml there.")


def run(*command: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"`{' '.join(command)}` failed (see above): mend that and run make again.")


def download(python: Path, wheels: Path) -> None:
    complete = wheels / f".complete-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if complete.exists():
        return
    wheels.mkdir(parents=True, exist_ok=True)
    print(f"Downloading Python packages into {wheels} (once)", flush=True)
    pip = (str(python), "-m", "pip", "download", "-q", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-d", str(wheels), "-r", str(LOCK))
    complete.touch()


def install(python: Path, wheels: Path) -> None:
    print("Installing Python packages", flush=True)
    offline = ("--no-index", "--find-links", str(wheels), "--no-deps", "--require-hashes", "-r", str(LOCK))
    run(str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-cache-dir", *offline)
    run(str(python), "-m", "pip", "check", "-q", "--disable-pip-version-check")


def main() -> None:
    demand_machine()
    environment, cache = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ.pop("PIP_FIND_LINKS", None)  # a folder of this machine must not decide what is installed
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    download(python, cache / "wheels")
    install(python, cache / "wheels")


if __name__ == "__main__":
    main()
