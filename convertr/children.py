"""Child processes that never outlive us: started with a parent-death signal, stopped for certain.

Only the standard library, because settings and the test plugin load this before anything else.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

Child = subprocess.Popen[bytes]


class Guardian:
    """A process that ends every group that we told it of, should we be killed (guardian.py)."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("guardian.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(program)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        # Without it we go on: the parent-death signals still stand.
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()

    def dismiss(self) -> None:
        """Let it go, once nothing is left to guard."""
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.close()
        self._process.wait()


_guardian: Guardian | None = None


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Within the block a guardian knows of all that is spawned."""
    global _guardian  # noqa: PLW0603  one a process, as its children are
    _guardian = Guardian()
    try:
        yield
    finally:
        _guardian.dismiss()
        _guardian = None


def tied_to_parent(death_signal: signal.Signals) -> list[str]:
    """A command prefix: the program gets death_signal when the process that started it dies.

    Empty where the system has no such thing (not Linux, no util-linux): there a kill -9 of the
    parent leaves the child, and the next start cures what it left.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return []
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), "--"]


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path | None = None,
    cwd: Path | None = None,
) -> Child:
    """Start a command in a session of its own, so that a Ctrl-C in the terminal reaches only us.

    Its output is appended to `log` (started afresh past 10 MB), or is ours when there is none.
    """
    if log is None:
        return _start(command, env=env, cwd=cwd)
    log.parent.mkdir(parents=True, exist_ok=True)
    afresh = log.exists() and log.stat().st_size > 10_000_000
    with log.open("wb" if afresh else "ab") as out:
        return _start(command, env=env, cwd=cwd, out=out)


def _start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    out: IO[bytes] | None = None,
) -> Child:
    child = subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT if out else None,
        start_new_session=True,
    )
    if _guardian:
        _guardian.watch(child.pid)
    return child


def stop(child: Child, *, first: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
    """Ask a child to end, and after `patience` seconds end it and its whole group."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    end_group(child)


def end_group(child: Child) -> None:
    """Kill what is left of a child's session; harmless when nothing is."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if _guardian:
        _guardian.forget(child.pid)


def wait_until_gone(pid: int, *, seconds: float) -> bool:
    """Whether a process that isn't our child ended within the time."""
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process with this id exists, and is more than a zombie that nobody has reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
    return True
