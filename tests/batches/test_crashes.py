"""Killed with SIGKILL at each boundary, for each destination: never twice without saying so.

The sender dies in a process of its own; what is left is taken over here, as another worker would.
"""

import subprocess
import sys

import pytest
from django.conf import settings
from django.utils import timezone

from batches import credentials
from batches.models import Batch
from convertr.accounts.models import Role
from tests.batches.destinations.conftest import (  # noqa: F401  fixtures
    _ftp,
    _s3,
    _sftp,
    _smtp,
    ftp_server,
    loopback,
    s3_server,
    sftp_server,
    sink,
    smtp_server,
)
from tests.batches.kit import CSV, hurry, make_integration, make_waiting, states, work
from tests.factories import make_user
from tests.workers import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)

BOUNDARIES = [
    "claimed|built",
    "built|begun",
    "begun|uploaded",
    "uploaded|given its name",
    "given its name|recorded",
    "recorded|settled",
]
# How it ends, how often the whole file arrived, and whether an attempt says "unknown, repeated".
HARMLESS = ("sent", 1, False)
LOOKED_INTO = {"uploaded|given its name": ("held", 0, False)}
ENDS = {
    "sftp": LOOKED_INTO,
    "ftp": LOOKED_INTO,
    "s3": LOOKED_INTO,
    "http": {
        "uploaded|given its name": ("sent", 1, True),
        "given its name|recorded": ("sent", 2, True),
    },
    "email": {
        "uploaded|given its name": ("held", 0, False),
        "given its name|recorded": ("held", 1, False),
    },
}


class Mortal:
    """The process whose children die."""

    def __init__(self, **env):
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.batches.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(**env),
            cwd=ROOT,
            text=True,
        )
        assert self._said() == "ready"

    def work_until(self, boundary):
        self._process.stdin.write(f"{boundary}\n")
        self._process.stdin.flush()
        return self._said()

    def end(self):
        self._process.communicate(timeout=30)

    def _said(self):
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of files, which the dying process and this one share."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def mortal(django_db_setup, shared, _smtp_server):
    made = Mortal(
        CONVERTR_DATA=str(shared),
        SECRET_KEY="of-tests",
        OUTBOUND_ALLOW="127.0.0.0/8",
        VAULT_KEYS=",".join(settings.VAULT_KEYS),
        EMAIL_URL=f"smtp://127.0.0.1:{_smtp_server.port}",
    )
    yield made
    made.end()


@pytest.fixture(autouse=True)
def kept_in(settings, shared):
    """Overrides the folder of each test's own."""
    settings.BATCH_SILENT_SECONDS = 0.0
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": shared / "files"},
        },
    }


@pytest.fixture
def place(request, kind, settings):
    """A destination: (what is stored of it, its secret, how often each file arrived)."""
    if kind == "http":
        sink = request.getfixturevalue("sink")
        return (
            {"kind": "http", "url": sink.url("/200")},
            None,
            lambda: [one.headers["Idempotency-Key"] for one in sink.received],
        )
    server = request.getfixturevalue(f"{'smtp' if kind == 'email' else kind}_server")
    if kind == "email":
        server.use(settings)
        stored = {"kind": "email", "recipients": ["leads@shop.test"], "subject": "Leads"}
        return (
            stored,
            None,
            lambda: [one["Message-ID"] for one in server.messages if list(one.iter_attachments())],
        )
    if kind == "s3":
        return server.options, ("s3_key", server.key), lambda: list(server.files())
    secret = ("password", {"password": server.password})
    return server.options, secret, lambda: list(server.uploads.elements())


@pytest.fixture
def integration(place, kind, request):
    stored, secret, _arrived = place
    admin = make_user("vault@example.test", role=Role.ADMIN)
    values = {}
    if secret:
        of_kind, values_of = secret
        values["credential"] = credentials.create(
            actor=admin, name="server", kind=of_kind, secret=values_of
        )
    if kind == "sftp":
        values["host_key"] = request.getfixturevalue("sftp_server").host_key
    if kind == "email":
        values["file"] = {**CSV, "zipped": True}
        values["file_credential"] = credentials.create(
            actor=admin, name="zip", kind="file_password", secret={"password": "pa55-of-the-zip"}
        )
    return make_integration(destination=stored, due=True, **values)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("kind", ENDS)
def test_killed_at_a_boundary_it_is_taken_over(mortal, kind, boundary, place, integration):
    _stored, _secret, arrived = place
    make_waiting(3, integration)

    assert mortal.work_until(boundary) == "killed"
    hurry()
    work()

    ends, times, repeated = ENDS[kind].get(boundary, HARMLESS)
    batch = Batch.objects.get()
    assert (batch.state, len(arrived()), len(set(arrived()))) == (ends, times, min(times, 1))
    assert batch.tries.filter(repeat=True).exists() == repeated
    assert states() == ["sent" if ends == "sent" else "sending"] * 3
    # Nothing comes of it later.
    Batch.objects.update(next_attempt_at=timezone.now())
    work()
    assert len(arrived()) == times
