"""The whole product as processes, two of each, on embedded servers of its own; any may be killed.

Processes are started by the main thread alone: a child started by another would get its
parent-death signal when that thread ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

import redis
import urllib3

from bench.product import free_port
from convertr import children, embedded, up
from convertr.embedded import Servers
from tests.forge import Forge

ROOT = up.ROOT
READY_SECONDS = 120
# Silence is noticed within seconds, calls to others end within one, nobody is held back.
SHORT = {
    "TICK_SECONDS": "1",
    "JOB_SILENT_SECONDS": "1.5",
    "BATCH_SILENT_SECONDS": "2",
    # Longer than any call takes, with the time for which one waits its turn.
    "POSTBACK_SILENT_SECONDS": "6",
    "OUTBOUND_CONNECT_SECONDS": "1",
    "OUTBOUND_TOTAL_SECONDS": "1.5",
    "JOB_CHUNK_ROWS": "40",
    "JOB_CHUNK_ATTEMPTS": "200",
    "API_RATE": "1000000",
    "API_BURST": "1000000",
    "OUTBOUND_ALLOW": "127.0.0.0/8",
    "LOGIN_FAILED_LIMIT": "1000/m/ip",
    "WEB_WORKERS": "1",
    "WORKERS": "1",
    "BATCH_THREADS": "4",
    "LOG_LEVEL": "WARNING",
}
LEFT_OUT = ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "STORAGE_URL", "DEMO")


def prepare_environment(data, **more):
    """Let this process and all that it starts use this folder and nobody's servers."""
    for name in LEFT_OUT:
        os.environ.pop(name, None)
    os.environ |= {**SHORT, **more, "CONVERTR_DATA": str(data)}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "convertr.settings", "DATABASE_POOL": "0"}


class Process:
    """One process of the product; `kind` is the same for both of a pair."""

    def __init__(self, name, kind, log):
        self.name, self.kind, self.log = name, kind, log
        self.killed = False
        self.pid = None

    @property
    def alive(self):
        return self.pid is not None and children.alive(self.pid)

    def kill(self):
        """End it and its children with SIGKILL, as a power cut would."""
        self.killed = True
        self.end()

    def end(self):
        with contextlib.suppress(ProcessLookupError, PermissionError, TypeError):
            os.killpg(self.pid, signal.SIGKILL)
            children.wait_until_gone(self.pid, seconds=10)


class Forged(Process):
    """One of Celery's."""

    def __init__(self, name, kind, log, forge, argv, env):
        super().__init__(name, kind, log)
        self._forge, self._argv, self._env = forge, argv, env

    def start(self):
        self.killed = False
        self.pid = self._forge.start(self._argv, self._env, self.log)


class Spawned(Process):
    """A command of its own: the web."""

    def __init__(self, name, kind, log, command, env):
        super().__init__(name, kind, log)
        self._command, self._env = command, env
        self._child = None

    def start(self):
        self.killed = False
        tied = children.tied_to_parent(signal.SIGKILL)
        env = {**os.environ, **self._env}
        self._child = children.spawn([*tied, *self._command], env=env, log=self.log, cwd=ROOT)
        self.pid = self._child.pid

    def end(self):
        if self._child is not None:
            children.end_group(self._child)


class Product:
    """Two web servers, two workers of each queue, two beats, PostgreSQL and Valkey."""

    def __init__(self, data):
        self.data = data
        # Processes are killed, no computer is: what was written is there without a sync, and each
        # restart need not sync every file first.
        embedded.OPTIONS["fsync"] = "off"
        self.servers = Servers(data)
        self._forge = Forge(os.environ)
        self.ports = [free_port(), free_port()]
        self.processes = [
            one for n, port in enumerate(self.ports, 1) for one in self._pair(n, port)
        ]
        # What ended without having been killed: (name, exit code).
        self.ended_alone = []

    def _pair(self, number, port):
        for program in up.programs("127.0.0.1", port):
            name = f"{program.name}-{number}"
            known = (name, program.name, self.data / "log" / f"{name}.log")
            command = list(program.command)
            if program.name == "web":
                yield Spawned(*known, command, {**program.env, "DATABASE_POOL": "1"})
                continue
            argv = command[command.index("celery") + 1 :]
            if program.name == "beat":
                argv += ["--schedule", str(self.data / f"beat-schedule-{number}")]
            yield Forged(*known, self._forge, argv, program.env)

    # --- start and stop ---------------------------------------------------------------------------

    def start_servers(self):
        self.servers.start()

    def manage(self, *arguments):
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """Start all; answers once both webs answer and a worker of each queue was seen."""
        up.metrics_folder().mkdir(exist_ok=True)
        for process in self.processes:
            process.start()
        until = time.monotonic() + READY_SECONDS
        while not all(self.is_ready(port) for port in self.ports):
            self.tend()
            if time.monotonic() > until:
                raise RuntimeError("The product did not become ready; see its logs.")
            time.sleep(0.2)

    def is_ready(self, port):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            answer = urllib3.request("GET", f"http://127.0.0.1:{port}/readyz", timeout=5, retries=0)
            return answer.status == 200
        return False

    def stop(self):
        for process in self.processes:
            process.end()
        self._forge.end()
        self.servers.stop()

    def tend(self):
        """Start again what has ended, as its supervisor would."""
        for process in self.processes:
            if not process.alive:
                if not process.killed:
                    self.ended_alone.append(process.name)
                process.end()
                process.start()

    # --- what is done to it -----------------------------------------------------------------------

    def of_kind(self, kind):
        return [one for one in self.processes if one.kind == kind]

    def restart_postgres(self):
        """As a crash: immediate mode, every connection cut, then recovery."""
        child = self.servers.postgres
        child.send_signal(signal.SIGQUIT)
        child.wait()
        children.end_group(child)
        self.servers.start_postgres()

    def stop_valkey(self):
        children.stop(self.servers.valkey)

    def start_valkey(self):
        """Again, unless another fault's end was first."""
        if self.servers.valkey.poll() is not None:
            self.servers.start_valkey()

    def flush_valkey(self):
        """Empty it; one that is away at this moment is empty as well."""
        broker = redis.Redis.from_url(embedded.redis_url(self.data))
        with contextlib.suppress(redis.ConnectionError), broker:
            broker.flushall()
