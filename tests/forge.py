"""Starts Celery's processes by forking: Django is loaded once, not anew for each of thirty kills.

A child is what `python -m celery …` is: the same arguments and environment, a session and a log of
its own. Reads one JSON object a line ({"argv", "env", "log"}), answers its pid. It dies with the
harness, and all with it.
"""

import ctypes
import json
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


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
