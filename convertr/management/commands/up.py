"""`manage.py up`: the whole product on one machine, by one command, until Ctrl-C."""

import errno
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from convertr import supervisor
from convertr.embedded import EmbeddedError, Servers

DEMO_PASSWORD = "convertr-demo"  # noqa: S105  printed for everyone to see
READY_SECONDS = 60.0


class Command(BaseCommand):
    """Start databases, web, worker and beat, and stop them all together."""

    help = "Start the whole product (databases, web, worker, beat) until Ctrl-C."
    requires_system_checks: Sequence[str] = ()  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--no-demo", action="store_true", help="make no demo data")
        parser.add_argument(
            "--with-parent", action="store_true", help="also stop when the calling process ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        supervisor.stop_on_signals()
        self.servers = Servers(
            settings.DATA,
            postgres="DATABASE_URL" not in os.environ,
            valkey="REDIS_URL" not in os.environ,
        )
        try:
            check_port(host, port)
            with self.servers:
                self.prepare(demo=not options["no_demo"])
                with self.running(host, port) as watched:
                    supervisor.watch(watched, say=self.say, with_parent=options["with_parent"])
        except (EmbeddedError, supervisor.KeepsEndingError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database can't be used: {str(error).strip()}") from error
        except supervisor.StopRequestedError:
            self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    # --- Before anything serves ---------------------------------------------------------------

    def prepare(self, *, demo: bool) -> None:
        """Bring the tables up to date, and make demo data where a first start should have it."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        unfinished = Path(settings.DATA) / "demo-unfinished"
        if demo and (unfinished.exists() or self.wants_demo()):
            self.say("Making demo data …")
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            unfinished.touch()
            call_command("seed_demo", verbosity=0)
            unfinished.unlink()
        connections.close_all()

    def wants_demo(self) -> bool:
        """Demo data goes only into an empty database, and into a foreign one only by DEMO=1."""
        ours = self.servers.with_postgres or settings.DEMO
        return bool(ours) and not get_user_model()._default_manager.exists()

    # --- Serving ------------------------------------------------------------------------------

    @contextmanager
    def running(self, host: str, port: int) -> Iterator[list[supervisor.Watched]]:
        """All processes, announced once the web answers, ended on the way out."""
        watched = self.watched_servers()
        apps: list[supervisor.Watched] = []
        try:
            for program in programs(host, port):
                apps += [supervisor.Watched(program.name, program.start)]
            self.announce(host, port, apps)
            yield [*watched, *apps]
        finally:
            supervisor.stop_all(apps)

    def watched_servers(self) -> list[supervisor.Watched]:
        """The embedded servers; a crash of one is cured like a crash of a worker."""
        servers = self.servers
        watched = []
        if servers.postgres:
            watched.append(supervisor.Watched("postgres", servers.start_postgres, servers.postgres))
        if servers.valkey:
            watched.append(supervisor.Watched("valkey", servers.start_valkey, servers.valkey))
        return watched

    def announce(self, host: str, port: int, apps: list[supervisor.Watched]) -> None:
        """Print the address and the demo's sign-ins as soon as the web answers."""
        until = time.monotonic() + READY_SECONDS
        while not answers(host, port):
            for one in apps:
                one.look(self.say)
            if time.monotonic() > until:
                raise supervisor.KeepsEndingError("web doesn't answer; see its lines.")
            time.sleep(0.05)
        self.say(f"\nConvertr is at http://localhost:{port}  (Ctrl-C stops it)")
        people = get_user_model()._default_manager.filter(email__endswith="@demo.test")
        emails = list(people.order_by("pk").values_list("email", flat=True))
        connections.close_all()
        if emails:
            self.say(f"Sign in as {', '.join(emails)}; password {DEMO_PASSWORD}")


def programs(host: str, port: int) -> list[supervisor.Program]:
    """The three processes of the product; each can also run alone, on any number of machines."""
    common = {"CONVERTR_DATA": str(settings.DATA), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    alone = {**common, "DATABASE_POOL": "0"}
    python = [sys.executable, "-W", "ignore"]
    celery = [
        *python,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "convertr",
        "--workdir",
        str(settings.BASE_DIR),
    ]
    quiet = ["--loglevel", "WARNING"]
    return [
        supervisor.Program("web", [*python, "-m", "granian", *web_options(host, port)], common),
        supervisor.Program(
            "worker",
            [
                *(*celery, "worker", *quiet, "--concurrency", os.environ.get("WORKERS", "2")),
                *("--without-gossip", "--without-mingle", "--hostname", f"worker-{port}@%h"),
            ],
            alone,
            # Its work is claimed in the database: cut off, it is resumed by the next worker.
            death=signal.SIGQUIT,
        ),
        supervisor.Program("beat", [*celery, "beat", *quiet], alone),
    ]


def web_options(host: str, port: int) -> list[str]:
    """granian's options; many threads, because a slow upload holds one for its time."""
    return [
        *("--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"),
        *("--workers", os.environ.get("WEB_WORKERS", "2"), "--blocking-threads", "32"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "error"),
        *("--working-dir", str(settings.BASE_DIR), "convertr.wsgi:application"),
    ]


def check_port(host: str, port: int) -> None:
    """Refuse a port that is in use: two granians would share it without a word."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                text = f"Port {port} is in use: stop what uses it, or set PORT to another."
            else:
                text = f"Port {port} on {host} can't be used: {error.strerror}."
            raise CommandError(text) from error


def answers(host: str, port: int) -> bool:
    """Whether the web process answers; what it answers is /readyz' matter."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    request = urllib.request.Request(f"http://{name}:{port}/healthz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
