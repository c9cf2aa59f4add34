"""Starts Celery's processes by forking: Django is loaded once, not anew for each of thirty kills.

A child is what `python -m celery …` is: the same arguments and environment, a session and a log of
its own; but its settings are the forge's. `Forge` starts the process that forks. It reads one JSON
object a line ({"argv", "env", "log"}), answers its pid, and dies with its starter, and all with it.
"""

import ctypes
import json
import os
import runpy
import signal
import subprocess
import sys

from convertr import children, up

PR_SET_PDEATHSIG = 1


class Forge:
    """A running forge; `env` is what its children's settings are read from."""

    def __init__(self, env):
        self._process = subprocess.Popen(
            [
                *children.tied_to_parent(signal.SIGKILL),
                *(sys.executable, "-W", "ignore", "-m", "tests.forge"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**env, "DJANGO_SETTINGS_MODULE": "convertr.settings"},
            cwd=up.ROOT,
            text=True,
        )

    def start(self, argv, env, log):
        """The pid of a new process of Celery."""
        log.parent.mkdir(parents=True, exist_ok=True)
        asked = {"argv": argv, "env": dict(env), "log": str(log)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        while not (said := self._process.stdout.readline().strip()).isdigit():
            if said != "ready":
                raise RuntimeError("The forge has ended.")
        return int(said)

    def end(self):
        self._process.kill()
        self._process.wait()


def main():
    import django

    django.setup()
    from convertr.celery import app

    app.loader.import_default_modules()
    # Nobody waits for them: killed children must not stay as zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(**asked)
        print(pid, flush=True)


def _become(argv, env, log):
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, out)):
        os.dup2(file, number)
    os.environ |= env
    sys.argv = ["celery", *argv]
    code = 1
    try:
        runpy.run_module("celery", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
