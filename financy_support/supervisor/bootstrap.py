"""From a bare clone to a filled `.venv`, then over to run, test, bench, nemesis or lint. Standard library only.

`make` calls this with the system's Python. Its syntax is kept so plain that an older Python can still read it and say
which one is needed.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RECORD = VENV / "desk-environment.json"
INSTALLER = VENV / "installer"
INSTALLER_LOCK = HERE.with_name("installer.lock")
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
MEGABYTES_NEEDED = {"run": 500, "dev": 1000}
MODULES = {
    "run": ["financy_support.supervisor", "run"],
    "test": ["pytest"],
    "bench": ["tests.benchmarks"],
    "nemesis": ["tests.nemesis"],
}
# A file's tests stay together; of three processes on two cores one may wait for something. Tests order themselves.
ALL_TESTS = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
LINTERS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}
# Debian package, the programs of which one is enough, what the tests need it for.
DEBIAN_PROGRAMS = (
    ("chromium", ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), "look at pages"),
    ("dovecot-imapd", ("dovecot", "/usr/sbin/dovecot"), "read a mailbox"),
)
EXPLANATIONS = (
    (("no space left", "disk quota"), "The disk is full.", "Free about a gigabyte and run make again."),
    (
        ("permission denied", "read-only file system"),
        "A folder is not open to this user.",
        "Clone the repository to a folder of your own and run make there.",
    ),
    (
        ("hash mismatch", "do not match the hashes"),
        "A package differs from the one that the lock file names.",
        "Try another network or mirror. Do not install it by hand: it may have been tampered with.",
    ),
    (
        (
            *("name resolution", "dns error", "error sending request", "failed to fetch", "max retries exceeded"),
            *("connection refused", "network is unreachable", "timed out", "connection error", "newconnectionerror"),
            *("failed to establish", "proxyerror", "could not connect"),
        ),
        "The package index could not be reached.",
        "Check the network, or name a mirror in PIP_INDEX_URL and UV_DEFAULT_INDEX, and run make again.",
    ),
    (
        (
            *("no usable wheels", "no wheels with a matching", "no matching distribution", "not a supported wheel"),
            "could not find a version",
        ),
        "A package has no ready-made build for this machine and Python.",
        "Builds exist for Linux (x86-64 and ARM, glibc 2.28 or newer) and macOS on ARM. Or: make PYTHON=python3.11",
    ),
)

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
if sys.version_info[:2] < (3, 11):  # noqa: UP036 the system's Python runs this, whatever it is
    for name in ("python3.11", "python3.12", "python3.13", "python3.14"):
        if shutil.which(name):
            os.execvp(name, [name, "-I", str(HERE), *sys.argv[1:]])  # noqa: S606 the same run by another Python
    sys.exit(
        f"The desk needs Python 3.11 or newer; {sys.executable} is {VERSION}.\n"
        "Install one (Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv) or name it: "
        "make run PYTHON=/path/to/python3.11"
    )


class SetUpFailed(Exception):
    """The environment could not be made; `str()` is the reason and the way out."""


def main(verb: str, arguments: list[str]) -> int:
    """Make or refresh the environment that `verb` needs and do it; return the exit code."""
    if verb != "lint" and verb not in MODULES:
        print(f"Unknown: {verb}. Known: {', '.join(MODULES)}, lint.", file=sys.stderr)
        return 2
    try:
        ensure_environment("run" if verb == "run" else "dev")
    except SetUpFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{_explain(str(error))}", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    if verb == "lint":
        return _lint()
    if verb == "test":
        for program in DEBIAN_PROGRAMS:
            _ensure_program(*program)
        arguments = arguments or ALL_TESTS
    sys.stdout.flush()
    return os.execv(PYTHON, [str(PYTHON), "-m", *MODULES[verb], *arguments])  # noqa: S606 make waits for this process


def ensure_environment(wanted: str) -> None:
    """Bring `.venv` to the locked set `wanted` (run or dev); nothing is done when it is there already.

    The dev set contains the run set, so that `make run` after `make test` takes nothing away.
    """
    if _is_current(wanted):
        return
    holder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)  # a second make waits here and then finds the work done
        if not _is_current(wanted):
            _install("dev" if _record().get("set") == "dev" else wanted)
    finally:
        os.close(holder)


class Steps:
    """Numbered steps with the time each has taken, for people who wait; to a terminal, the time runs."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show `text` while the block runs, and at its end how long that took."""
        self._number += 1
        line = f"[{self._number}/{self._total}] {text}"
        began = time.monotonic()
        done = threading.Event()
        ticker = threading.Thread(target=_tick, args=(line, began, done), daemon=True)
        ticker.start()
        end = "stopped after "
        try:
            yield
            end = ""
        finally:
            done.set()
            ticker.join()
            say(f"{_back()}{line}: {end}{time.monotonic() - began:.1f} s")


def say(text: str, end: str = "\n") -> None:
    """Print, unless the reader has gone: a closed terminal must not keep the desk from stopping in order."""
    with suppress(OSError):
        print(text, end=end, flush=True)


def _install(kind: str) -> None:
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < MEGABYTES_NEEDED[kind]:
        raise SetUpFailed(
            f"The disk is nearly full: {free} MB free, {MEGABYTES_NEEDED[kind]} needed.\nFree some space."
        )
    if not os.access(ROOT, os.W_OK):
        raise SetUpFailed(f"{ROOT} is not writable.\nClone the repository to a folder of your own and run make there.")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetUpFailed(
            f"{sys.executable} lacks the venv module.\nDebian, Ubuntu: apt-get install python3-venv, then make again."
        )
    lock = LOCKS[kind]
    digest = _digest(lock)
    count = sum(1 for line in _lines(lock) if line[:1].isalnum())
    steps = Steps(3)
    with steps.step("Making the environment .venv"):
        _make_venv()
    with steps.step("Fetching the installer"):
        uv = _fetch_uv()
    with steps.step(f"Installing {count} packages"):
        _sync(uv, lock)
    draft = RECORD.with_suffix(".new")
    draft.write_text(json.dumps({"set": kind, "lock": digest, "python": _python_version()}), encoding="utf-8")
    draft.replace(RECORD)


def _make_venv() -> None:
    usable = _python_version() == VERSION
    command = [sys.executable, "-m", "venv", str(VENV)]
    if usable and _runs([str(PYTHON), "-m", "pip", "--version"]):
        return
    _run(command if usable or not VENV.exists() else [*command, "--clear"])


def _fetch_uv() -> str:
    """Return the path of the pinned installer, or an empty one where it cannot be had: pip does the work then."""
    uv = str(INSTALLER / "bin" / "uv")
    pinned = _lines(INSTALLER_LOCK)[0].split()[0].partition("==")[2]
    if f"uv {pinned} " in _output([uv, "--version"]) + " ":
        return uv
    shutil.rmtree(INSTALLER, ignore_errors=True)
    got = _runs([*_pip("install"), "--target", str(INSTALLER), "-r", str(INSTALLER_LOCK)])
    return uv if got else ""


def _sync(uv: str, lock: Path) -> None:
    if uv and _runs([uv, "pip", "sync", "--quiet", "--python", str(PYTHON), *_exactly(lock)]):
        return
    _run([*_pip("install"), *_exactly(lock)[2:], "-r", str(lock)])


def _exactly(lock: Path) -> list[str]:
    return [str(lock), "--require-hashes", "--only-binary", ":all:"]


def _pip(command: str) -> list[str]:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(PYTHON), "-m", "pip", command, *quiet, "--require-hashes", "--only-binary", ":all:"]


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SetUpFailed(_explain(ended.stdout + ended.stderr))


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _explain(output: str) -> str:
    end = "\n".join("    " + line for line in output.strip().splitlines()[-12:])
    for signs, reason, way_out in EXPLANATIONS:
        if any(sign in output.lower() for sign in signs):
            return f"{reason} What was said:\n{end}\n{way_out}"
    return f"The environment could not be made. What was said:\n{end}\nMend what it names and run make again."


def _is_current(wanted: str) -> bool:
    record = _record()
    kept = record.get("set")
    if kept not in (wanted, "dev") or record.get("lock") != _digest(LOCKS[kept]):
        return False
    return _python_version() == record.get("python")


def _record() -> dict[str, str]:
    try:
        return dict(json.loads(RECORD.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _python_version() -> str:
    return _output([str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _lint() -> int:
    worst = 0
    no_database = {"DATABASE_URL": "postgresql://none@127.0.0.1:9/none"}  # mypy reads the settings, which want one
    for name, arguments in LINTERS.items():
        say(f"-- {name}")
        ended = subprocess.run([str(PYTHON), *arguments], env=no_database | os.environ, check=False)
        worst = max(worst, ended.returncode)
    return worst


def _ensure_program(package: str, programs: tuple[str, ...], need: str) -> None:
    """Install a Debian package for the tests that need a real program, where possible; they say so when it is not."""
    if any(shutil.which(name) for name in programs) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60", package]
    with Steps(1).step(f"Installing {package}, for the tests that {need}"):
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if not any(shutil.which(name) for name in programs):
        say(f"It could not be installed; tests that {need} are skipped. By hand: apt-get install {package}")


def _tick(line: str, began: float, done: threading.Event) -> None:
    say(line, end="" if _is_terminal() else "\n")
    while not done.wait(1 if _is_terminal() else 15):
        seconds = time.monotonic() - began
        say(f"{_back()}{line} … {seconds:.0f} s", end="" if _is_terminal() else "\n")


def _back() -> str:
    return "\r\x1b[K" if _is_terminal() else ""


def _is_terminal() -> bool:
    return sys.stdout.isatty()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run", sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)
