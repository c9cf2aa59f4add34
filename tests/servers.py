"""pytest plugin: own PostgreSQL and Valkey for each test run, in a folder that goes with it.

Loaded by `-p tests.servers`, so that the environment is set before Django's settings are read.
Several runs side by side each have their own.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from convertr import children
from convertr.embedded import Servers
from convertr.programs import EmbeddedError

PREFIX = "convertr-test-"


def _fresh_folder():
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def _remove_folders_of_dead_runs():
    """A run that was killed with -9 could not clean up; its servers went with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not children.alive(int(pid)) and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


_remove_folders_of_dead_runs()
DATA = _fresh_folder()
for _name in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "STORAGE_URL", "DEMO"):
    os.environ.pop(_name, None)
os.environ["CONVERTR_DATA"] = str(DATA)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
(DATA / "static").mkdir()
servers = Servers(DATA, durable=False)


def pytest_collection_finish(session):
    """Start before the first test; not for a mere list of tests."""
    if session.config.option.collectonly or not session.items:
        return
    try:
        servers.start()
    except EmbeddedError as error:
        pytest.exit(str(error), returncode=3)


def pytest_configure(config):
    config.add_cleanup(_clean_up)


def _clean_up():
    """Runs at every end of pytest, Ctrl-C included."""
    servers.stop()
    shutil.rmtree(DATA, ignore_errors=True)
