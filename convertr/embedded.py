"""PostgreSQL and Valkey from wheels, for a machine that has neither (platform.md, "Two commands").

The addresses follow from the data folder alone, so that any command finds the running servers.
Both servers listen on Unix sockets only, in a private folder under the temporary one, because the
path of a socket may have at most 107 bytes. Nothing here needs Django, and the wheels are looked
for only on start.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg

from convertr import children
from convertr.programs import (
    EmbeddedError,
    clean_environment,
    hand_over,
    other_owner,
    postgres_programs,
    unprivileged,
    valkey_program,
)

USER = DATABASE = "convertr"
PORT = 5432
READY_SECONDS = 60.0

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    # Full pages are most of what a bulk change logs, and pglz takes longer than writing them.
    "wal_compression": "off",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
}
# Only for data that nobody misses, and little of it: the test servers'.
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
}
# What a container may use, by version of cgroups.
MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def socket_folder(data: Path) -> Path:
    """The private folder of both sockets for a data folder and the present user."""
    uid = os.getuid()
    name = hashlib.sha256(f"{data.resolve()}\0{uid}".encode()).hexdigest()[:16]
    temporary = Path(tempfile.gettempdir())
    if len(os.fsencode(temporary)) > 60:
        temporary = Path("/tmp")  # noqa: S108  a private folder with a checked owner
    return temporary / f"convertr-{uid}-{name}"


def database_url(data: Path, name: str = DATABASE) -> str:
    """The embedded PostgreSQL's address; Django takes the host out of the query as an option."""
    return f"postgres://{USER}@:{PORT}/{name}?host={quote(str(socket_folder(data)))}"


def redis_url(data: Path) -> str:
    """The embedded Valkey's address; Celery's form has redis+socket:// for unix://."""
    return f"unix://{quote(str(socket_folder(data) / 'valkey.sock'))}"


def shared_buffers() -> str:
    """A quarter of the memory there is, as PostgreSQL's manual has it, from 128 MB to 4 GB."""
    there_is = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in MEMORY_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            there_is.append(int(limit.read_text()))
    quarter = min(there_is) // 4 // 2**20
    return f"{min(max(quarter, 128), 4096)}MB"


class Servers:
    """Both embedded servers, or the one that is wanted, as children of this process.

    Use it as a context manager or by start() and stop(). durable=False trades safety for speed.
    Raises EmbeddedError with one clear line.
    """

    def __init__(
        self,
        data: Path,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = True,
    ) -> None:
        self.data = data.resolve()
        self.sockets = socket_folder(self.data)
        self.logs = self.data / "log"
        self.with_postgres, self.with_valkey, self.durable = postgres, valkey, durable
        self.postgres: children.Child | None = None
        self.valkey: children.Child | None = None
        self._lock: IO[str] | None = None
        self._owner: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the servers and return when both answer; on failure nothing is left running."""
        try:
            self._take_lock()
            self._owner = other_owner(self.data / "postgres")
            self._prepare_sockets()
            if self.with_valkey:
                self.start_valkey()
            if self.with_postgres:
                self.start_postgres()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both; open connections are cut, what was committed stays."""
        if self.postgres:
            children.stop(self.postgres, first=signal.SIGINT)
        if self.valkey:
            children.stop(self.valkey)
        self.postgres = self.valkey = None
        if self._lock:
            shutil.rmtree(self.sockets, ignore_errors=True)
            self._lock.close()
            self._lock = None

    # --- Folders ------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        """Hold the data folder for as long as we live; two supervisors would fight over it."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.data / "lock").open("a")
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.data} can't be written ({error.strerror}):"
                " set CONVERTR_DATA to a folder that you own."
            ) from error
        until = time.monotonic() + 3.0
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < until:
                    time.sleep(0.05)
                    continue
                lock.close()
                raise EmbeddedError(
                    f"Another Convertr runs on the data folder {self.data}:"
                    " stop it, or set CONVERTR_DATA to another folder."
                ) from None
            self._lock = lock
            return

    def _prepare_sockets(self) -> None:
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.sockets.lstat()
        ours = found.st_uid in (os.getuid(), self._owner[0] if self._owner else os.getuid())
        if not stat.S_ISDIR(found.st_mode) or not ours:
            raise EmbeddedError(f"{self.sockets} belongs to someone else: remove it.")
        self.sockets.chmod(0o700)

    # --- PostgreSQL ---------------------------------------------------------------------------

    def start_postgres(self) -> children.Child:
        """Start PostgreSQL, after making its cluster when there is none; again after a crash."""
        programs = postgres_programs()
        prefix = unprivileged(self._owner)
        cluster = self.data / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self._make_cluster(cluster, [*prefix, str(programs / "initdb")])
        for folder in (self.sockets, cluster):
            hand_over(folder, self._owner)
        _cure_stale_pid(cluster / "postmaster.pid")
        options = OPTIONS | ({"shared_buffers": shared_buffers()} if self.durable else NOT_DURABLE)
        self.postgres = children.spawn(
            [
                *prefix,
                *children.tied_to_parent(signal.SIGINT),
                str(programs / "postgres"),
                *("-D", str(cluster), "-k", str(self.sockets), "-p", str(PORT)),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            env=clean_environment(),
            log=self.logs / "postgres.log",
        )
        self._await_postgres(self.postgres)
        return self.postgres

    def _make_cluster(self, cluster: Path, initdb: list[str]) -> None:
        fresh = cluster.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        hand_over(fresh, self._owner)
        done = subprocess.run(
            [
                *initdb,
                *("-D", str(fresh), "-U", USER, "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                *(
                    "--auth-local",
                    "trust",
                    "--auth-host",
                    "reject",
                    "--no-instructions",
                ),
                *(() if self.durable else ("--no-sync",)),
            ],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
            said = (lines or done.stderr.splitlines() or ["initdb failed"])[0]
            raise EmbeddedError(f"PostgreSQL's data folder can't be made: {said}")
        # Only a complete cluster gets the name, so that a kill in the middle starts anew.
        fresh.rename(cluster)

    def _await_postgres(self, server: children.Child) -> None:
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                with psycopg.connect(
                    host=str(self.sockets),
                    port=PORT,
                    user=USER,
                    dbname="postgres",
                    autocommit=True,
                ) as connection:
                    names = connection.execute("select datname from pg_database").fetchall()
                    if (DATABASE,) not in names:
                        connection.execute(f"create database {DATABASE}")
                return
            except psycopg.OperationalError:
                self._still_starting("PostgreSQL", server, until, self.logs / "postgres.log")

    # --- Valkey -------------------------------------------------------------------------------

    def start_valkey(self) -> children.Child:
        """Start Valkey without persistence: it only carries nudges. Again after a crash, too."""
        path = self.sockets / "valkey.sock"
        path.unlink(missing_ok=True)
        self.valkey = children.spawn(
            [
                *children.tied_to_parent(signal.SIGTERM),
                str(valkey_program()),
                *("--port", "0", "--unixsocket", str(path)),
                *("--unixsocketperm", "700"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.data)),
            ],
            env=clean_environment(),
            log=self.logs / "valkey.log",
        )
        until = time.monotonic() + READY_SECONDS
        while not _answers_ping(path):
            self._still_starting("Valkey", self.valkey, until, self.logs / "valkey.log")
        return self.valkey

    def _still_starting(self, name: str, server: children.Child, until: float, log: Path) -> None:
        if server.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
            return
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        fatal = [line for line in lines if "fatal" in line.lower() and "starting up" not in line]
        said = fatal[-1] if fatal else ""
        raise EmbeddedError(f"{name} doesn't start: {said or 'see ' + str(log)}")


def _answers_ping(path: Path) -> bool:
    """Whether Valkey is up; loading its client for this would take longer than its start."""
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.settimeout(2)
        probe.connect(str(path))
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
    return False


def _cure_stale_pid(pid_file: Path) -> None:
    """Make way for a start after a kill: wait for an orphan, forget a number that was reused."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not children.alive(pid):
        return
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
            pid_file.unlink()
            return
    if not children.wait_until_gone(pid, seconds=5):
        # We hold the folder's lock, so this one has no supervisor any more.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        children.wait_until_gone(pid, seconds=10)
