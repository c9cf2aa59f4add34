"""The whole product on one machine by one command, until Ctrl-C (platform.md, "Two commands").

`python -m convertr.up`, or `manage.py up`. It does without Django itself, so that a second start
waits only for the web process to load; what needs Django is done by `manage.py prepare`, and
only when the database isn't known to be up to date.
"""

import argparse
import errno
import hashlib
import json
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

import psycopg

from convertr import children, supervisor
from convertr.embedded import DATABASE, PORT, USER, Servers
from convertr.programs import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent
DEMO_PASSWORD = "convertr-demo"  # noqa: S105  printed for everyone to see
READY_SECONDS = 60.0


class UpError(Exception):
    """It can't start; the text is one line that says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; the exit code is 0 after a stop, else 1 after one clear line."""
    options = parse(arguments)
    supervisor.stop_on_signals()
    try:
        check_port(options.host, options.port)
        servers = Servers(
            data_folder(),
            postgres="DATABASE_URL" not in os.environ,
            valkey="REDIS_URL" not in os.environ,
        )
        with children.guarded(), servers:
            people = prepare(servers, demo=not options.no_demo)
            with running(servers, options.host, options.port) as watched:
                announce(options.port, people)
                supervisor.watch(watched, say=say, with_parent=options.with_parent)
    except (UpError, EmbeddedError, supervisor.KeepsEndingError) as error:
        print(error, file=sys.stderr)
        return 1
    except supervisor.StopRequestedError:
        say("Stopped.")
        return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="up", description="Start the whole product.")
    add_arguments(parser)
    return parser.parse_args(arguments)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of both ways to call it."""
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--no-demo", action="store_true", help="make no demo data")
    parser.add_argument(
        "--with-parent", action="store_true", help="also stop when the calling process ends"
    )


def data_folder() -> Path:
    """As in settings: CONVERTR_DATA, or var/."""
    return Path(os.environ.get("CONVERTR_DATA") or ROOT / "var").resolve()


def say(line: str) -> None:
    print(line, flush=True)


def check_port(host: str, port: int) -> None:
    """Refuse a port that is in use: two granians would share it without a word."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                text = f"Port {port} is in use: stop what uses it, or set PORT to another."
            else:
                text = f"Port {port} on {host} can't be used: set PORT to another."
            raise UpError(text) from error


# --- Tables and demo data -------------------------------------------------------------------------


def prepare(servers: Servers, *, demo: bool) -> list[str]:
    """Bring the tables up to date, make demo data on a first start; the demo's sign-ins.

    A foreign database is looked at each time; ours is known by what was noted after the last time.
    """
    note = servers.data / "prepared.json"
    noted = json.loads(note.read_text()) if note.exists() else {}
    if not servers.with_postgres or noted.get("state") != state(servers):
        note.unlink(missing_ok=True)
        command = [sys.executable, "-W", "ignore", "manage.py", "prepare", "--note", str(note)]
        if not demo:
            command.append("--no-demo")
        elif servers.with_postgres and not noted:
            command.append("--first")
        run(command)
        noted = json.loads(note.read_text())
        if servers.with_postgres:
            note.write_text(json.dumps({**noted, "state": state(servers)}))
    people: list[str] = noted["people"]
    return people


def run(command: Sequence[str]) -> None:
    """Run a step to its end, and take it along when we are stopped."""
    child = children.spawn(
        [*children.tied_to_parent(Signals.SIGTERM), *command],
        env={**os.environ, "CONVERTR_DATA": str(data_folder())},
        cwd=ROOT,
    )
    try:
        if child.wait():
            raise UpError("The database could not be prepared; see above.")
    finally:
        children.stop(child)


def state(servers: Servers) -> str:
    """What the tables depend on: our migrations, the pinned libraries, and what was applied."""
    digest = hashlib.sha256()
    migrations = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    for file in sorted([ROOT / "requirements" / "base.txt", *migrations]):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    try:
        with psycopg.connect(
            host=str(servers.sockets), port=PORT, user=USER, dbname=DATABASE
        ) as connection:
            applied = connection.execute("select app, name from django_migrations order by 1, 2")
            digest.update(repr(applied.fetchall()).encode())
    except psycopg.errors.UndefinedTable:
        return ""
    return digest.hexdigest()


# --- Serving --------------------------------------------------------------------------------------


@contextmanager
def running(servers: Servers, host: str, port: int) -> Iterator[list[supervisor.Watched]]:
    """All processes, once the web answers; ended on the way out."""
    watched = []
    if servers.postgres:
        watched.append(supervisor.Watched("postgres", servers.start_postgres, servers.postgres))
    if servers.valkey:
        watched.append(supervisor.Watched("valkey", servers.start_valkey, servers.valkey))
    apps: list[supervisor.Watched] = []
    try:
        shutil.rmtree(metrics_folder(), ignore_errors=True)
        metrics_folder().mkdir()
        # The web alone first: on a small machine the others' start would hold it up.
        for program in programs(host, port):
            apps += [supervisor.Watched(program.name, program.start)]
            if program.name == "web":
                await_answer(host, port, apps[0])
        yield [*watched, *apps]
    finally:
        supervisor.stop_all(apps)


def programs(host: str, port: int) -> list[supervisor.Program]:
    """The seven processes of the product; each can also run alone, on any number of machines."""
    common = {"CONVERTR_DATA": str(data_folder()), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    alone = {**common, "DATABASE_POOL": "0"}
    shared = {**common, "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder())}
    python = [sys.executable, "-W", "ignore"]
    celery = [*python, "-m", "celery", "--quiet", "-A", "convertr", "--workdir", str(ROOT)]
    quiet = ["--loglevel", "WARNING"]
    worker = [*celery, "worker", *quiet, "--without-gossip", "--without-mingle"]
    return [
        supervisor.Program("web", [*python, "-m", "granian", *web_options(host, port)], shared),
        supervisor.Program(
            "worker",
            [
                *(*worker, "--queues", "celery", "--hostname", f"worker-{port}@%h"),
                *("--concurrency", os.environ.get("WORKERS", "2")),
            ],
            alone,
            # Its work is claimed in the database: cut off, it is resumed by the next worker.
            death=Signals.SIGQUIT,
        ),
        # Apart, so that long jobs can't keep ticks waiting.
        supervisor.Program(
            "ticks",
            [*worker, "--queues", "ticks", "--hostname", f"ticks-{port}@%h", "--pool", "solo"],
            alone,
            death=Signals.SIGQUIT,
        ),
        # So is what people wait for, and is soon done.
        supervisor.Program(
            "soon",
            [
                *(*worker, "--queues", "soon", "--hostname", f"soon-{port}@%h"),
                *("--concurrency", os.environ.get("WORKERS", "2")),
            ],
            alone,
            death=Signals.SIGQUIT,
        ),
        # So are calls to other people's servers: slow ones hold up no job and no tick.
        supervisor.Program(
            "sender",
            [*worker, "--queues", "outbound", "--hostname", f"sender-{port}@%h", "--pool", "solo"],
            alone,
            death=Signals.SIGQUIT,
        ),
        # And files of leads, which may take long; each mostly waits for a server, so by threads.
        supervisor.Program(
            "batches",
            [
                *(*worker, "--queues", "batches", "--hostname", f"batches-{port}@%h"),
                *("--pool", "threads", "--concurrency", os.environ.get("BATCH_THREADS", "8")),
            ],
            alone,
            death=Signals.SIGQUIT,
        ),
        supervisor.Program("beat", [*celery, "beat", *quiet], alone),
    ]


def metrics_folder() -> Path:
    """Where the web processes put their counts together; they begin anew with each start."""
    return data_folder() / "metrics"


def web_options(host: str, port: int) -> list[str]:
    """granian's options; many threads, because a slow upload holds one for its time."""
    return [
        *("--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"),
        *("--workers", os.environ.get("WEB_WORKERS", "2"), "--blocking-threads", "32"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "error"),
        *("--working-dir", str(ROOT), "convertr.wsgi:application"),
    ]


def await_answer(host: str, port: int, web: supervisor.Watched) -> None:
    """Wait until the web answers; a web that can't even start ends it all."""
    until = time.monotonic() + READY_SECONDS
    while not answers(host, port):
        web.look(say)
        if time.monotonic() > until:
            raise supervisor.KeepsEndingError("web doesn't answer; see its lines.")
        time.sleep(0.05)


def answers(host: str, port: int) -> bool:
    """Whether the web process answers; what it answers is /readyz' matter."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  looked for, not bound
    try:
        with urllib.request.urlopen(f"http://{name}:{port}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def announce(port: int, people: Sequence[str]) -> None:
    """Print the address, and the demo's sign-ins where there are any."""
    say(f"\nConvertr is at http://localhost:{port}  (Ctrl-C stops it)")
    if people:
        say(f"Sign in as {', '.join(people)}; password {DEMO_PASSWORD}")


if __name__ == "__main__":
    sys.exit(main())
