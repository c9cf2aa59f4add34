"""`manage.py up` as people use it: started in an empty folder, stopped in every way."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from convertr import children

ROOT = Path(__file__).resolve().parents[2]
NOBODY = pwd.getpwnam("nobody").pw_uid
# An ordinary user that may read this checkout wherever it lies: root's files, none of its powers.
AS_ORDINARY = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]
ONE_OF_EACH = {"WEB_WORKERS": "1", "WORKERS": "1"}
UP = [sys.executable, "-W", "ignore", "-m", "convertr.up", "--no-demo"]


def until(true, *, seconds=150.0, what="it"):
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid):
    """Every process that was started, directly or not, by this one."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, queue = [], [pid]
    while queue:
        born = parents.get(queue.pop(), [])
        found += born
        queue += born
    return found


class Up:
    """A running `manage.py up` on a data folder."""

    def __init__(self, data, *, user=(), port=None):
        self.port = port or free_port()
        self.out = data.with_suffix(".out")
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [*user, *UP, "--port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, **ONE_OF_EACH, "CONVERTR_DATA": str(data)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self):
        return self.out.read_text()

    def await_serving(self):
        def serving():
            assert self.process.poll() is None, self.said()
            return "Convertr is at" in self.said()

        until(serving, what="serving")
        assert self.get("/healthz") == b"ok"
        self.family = descendants(self.process.pid)
        return self

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as found:
            return found.read()

    def answers(self):
        try:
            return self.get("/healthz") == b"ok"
        except OSError:
            return False

    def end(self, number):
        family = set(self.family) | set(descendants(self.process.pid))
        self.process.send_signal(number)
        self.process.wait(30)
        left = lambda: [pid for pid in family if children.alive(pid)]  # noqa: E731
        until(lambda: not left(), seconds=60, what=f"the end of {left()}")


@pytest.fixture
def starting(tmp_path):
    running = []

    def start(name="var", **options):
        running.append(Up(tmp_path / name, **options))
        return running[-1]

    yield start
    for up in running:
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()


def test_it_starts_in_an_empty_folder_and_leaves_nothing_however_it_is_stopped(starting, tmp_path):
    tmp_path.chmod(0o700)
    first = starting().await_serving()
    names = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in first.family)
    expected = ("postgres", "valkey", "granian", "worker", "soon", "ticks", "outbound", "batches")
    assert all(name in names for name in expected)
    first.end(signal.SIGTERM)
    assert first.process.returncode == 0

    again = starting().await_serving()
    again.end(signal.SIGKILL)

    after_a_kill = starting().await_serving()
    after_a_kill.end(signal.SIGINT)
    assert "Stopped." in after_a_kill.said()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert (tmp_path / "var" / "postgres").stat().st_uid == os.getuid()


def test_as_an_ordinary_user_what_crashes_is_started_again(starting):
    up = starting(user=AS_ORDINARY if os.getuid() == 0 else ()).await_serving()
    for name in ("granian", "valkey-server"):
        killed = next(
            pid
            for pid in descendants(up.process.pid)
            if name in Path(f"/proc/{pid}/cmdline").read_text()
            or name in str(Path(f"/proc/{pid}/exe").readlink())
        )
        os.kill(killed, signal.SIGKILL)
        until(lambda gone=killed: not children.alive(gone), what=f"the end of {name}")
    until(lambda: up.said().count("starting it again") == 2, what="both restarts")
    until(up.answers, what="an answer after the crash")
    up.end(signal.SIGTERM)


def run_up(data, *options):
    return subprocess.run(
        [*(AS_ORDINARY if os.getuid() == 0 else ()), *UP, *options],
        cwd=ROOT,
        env={**os.environ, "CONVERTR_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_gets_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_up(tmp_path / "var", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {port} is in use: stop what uses it, or set PORT to another."
    )


def test_an_unwritable_data_folder_gets_one_line(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    done = run_up(tmp_path / "closed" / "var")
    assert done.returncode == 1
    assert "can't be written (Permission denied): set CONVERTR_DATA" in done.stderr
    assert done.stderr.count("\n") == 1
