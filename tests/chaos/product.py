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

ROOT = up.ROOT
READY_SECONDS = 120
# Silence is noticed within seconds, calls to others end within one, nobody is held back.
SHORT = {
    "TICK_SECONDS": "1",
    "JOB_SILENT_SECONDS": "1.5",
    "BATCH_SILENT_SECONDS": "2",
    # Longer than any call takes, with the time for which one waits its turn.
    "POSTBACK_SILENT_SECONDS": "5",
    "OUTBOUND_CONNECT_SECONDS": "0.5",
    "OUTBOUND_TOTAL_SECONDS": "0.8",
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
    os.environ["DJANGO_SETTINGS_MODULE"] = "convertr.settings"


class Process:
    """One process of the product; `kind` is the same for both of a pair."""

    def __init__(self, name, kind, command, env, log):
        self.name, self.kind, self.log = name, kind, log
        self._command, self._env = command, env
        self._child = None
        self.killed = False

    def start(self):
        self.killed = False
        tied = children.tied_to_parent(signal.SIGKILL)
        self._child = children.spawn(
            [*tied, *self._command], env={**os.environ, **self._env}, log=self.log, cwd=ROOT
        )

    @property
    def alive(self):
        return self._child is not None and self._child.poll() is None

    def kill(self):
        """End it and its children with SIGKILL, as a power cut would."""
        self.killed = True
        children.end_group(self._child)

    def end(self):
        if self._child is not None:
            children.end_group(self._child)


class Product:
    """Two web servers, two workers of each queue, two beats, PostgreSQL and Valkey."""

    def __init__(self, data):
        self.data = data
        self.servers = Servers(data)
        self.ports = [free_port(), free_port()]
        self.processes = [
            one for n, port in enumerate(self.ports, 1) for one in self._pair(n, port)
        ]
        # What ended without having been killed: (name, exit code).
        self.ended_alone = []

    def _pair(self, number, port):
        for program in up.programs("127.0.0.1", port):
            command = list(program.command)
            if program.name == "beat":
                command += ["--schedule", str(self.data / f"beat-schedule-{number}")]
            name = f"{program.name}-{number}"
            log = self.data / "log" / f"{name}.log"
            yield Process(name, program.name, command, program.env, log)

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
        self.servers.start_valkey()

    def flush_valkey(self):
        with redis.Redis.from_url(embedded.redis_url(self.data)) as broker:
            broker.flushall()
