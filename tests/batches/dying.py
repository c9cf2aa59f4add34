"""Sends batches in forked children that kill themselves at a boundary; started by `Mortal`.

Reads one boundary a line; forks a child that works until it has died there (or has nothing left to
do), and answers how it ended. The parent itself never asks the database, so that children inherit
no connection.
"""

import importlib
import os
import signal
import sys

import django


def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def after(module, name):
    """Kill when `name` has been done."""
    done = getattr(module, name)

    def doing(*args, **kwargs):
        done(*args, **kwargs)
        die()

    setattr(module, name, doing)


def arm(boundary):
    """Die at this boundary: what stands on its right has not been done."""
    from batches import sending, working

    if boundary == "claimed|built":
        working.build = die
    elif boundary == "built|begun":
        working.send = die
    elif boundary == "begun|uploaded":
        sending._finishing = die
    elif boundary == "uploaded|given its name":
        after(sending, "_finishing")
    elif boundary == "given its name|recorded":
        sending._sent = die
    elif boundary == "recorded|settled":
        working.settle_one = lambda: False
        after(sending, "_sent")


def child(boundary):
    from batches import working

    arm(boundary)
    working.work()


def main():
    django.setup()
    # Here once, instead of in each child.
    importlib.import_module("batches.working")
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            code = 1
            try:
                child(line.strip())
                code = 0
            finally:
                os._exit(code)
        _pid, status = os.waitpid(pid, 0)
        ended = "killed" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
        print(ended, flush=True)


if __name__ == "__main__":
    main()
