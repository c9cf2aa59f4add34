"""With a replica, lists and exports are read there, and nothing is written to it."""

import subprocess
import sys

import pytest
from django.db import connection

from convertr import embedded
from tests.factories import make_conversions
from tests.leads.kit import make_lead
from tests.servers import DATA
from tests.workers import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)
# The same database once more, under a name of its own, in which nothing can be written.
READ_ONLY = "&options=-c%20default_transaction_read_only%3Don"
ASK = """
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from convertr.accounts.models import User
from convertr.health import replica

settings.ALLOWED_HOSTS = ["testserver"]
client = Client()
client.force_login(User.objects.get(email="agency@example.test"))

def asked(name, make):
    with CaptureQueriesContext(connections["default"]) as here:
        with CaptureQueriesContext(connections["replica"]) as there:
            answer = make()
            body = answer.content if not answer.streaming else b"".join(answer.streaming_content)
    wanted = f'FROM "{name.partition(" ")[0]}"'
    read = [any(wanted in one["sql"] for one in found.captured_queries) for found in (here, there)]
    print(name, answer.status_code, *read, b"first" in body)

asked("conversions_conversion list", lambda: client.get("/v2/conversions?range=any&columns=sub1"))
asked("conversions_conversion export", lambda: client.post(
    "/v2/conversions", {"act": "export", "format": "csv", "query": "range=any&columns=sub1"}))
asked("leads_lead list", lambda: client.get("/v2/leads?range=any&columns=city"))
asked("leads_lead export", lambda: client.post(
    "/v2/leads/export", {"act": "csv", "columns": "city"}))
print(replica().text)
"""


def test_lists_and_exports_are_read_from_it(agency):
    make_conversions(1, sub1="first")
    make_lead(data={"city": "first"})
    name = connection.settings_dict["NAME"]
    env = environment(DATABASE_REPLICA_URL=embedded.database_url(DATA, name) + READ_ONLY)
    command = [sys.executable, "-W", "ignore", "manage.py", "shell", "-v", "0", "-c", ASK]
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    # Whether it was read here, and there; and whether the row is in the answer.
    assert done.stdout.splitlines() == [
        "conversions_conversion list 200 False True True",
        "conversions_conversion export 200 False True True",
        "leads_lead list 200 False True True",
        "leads_lead export 200 False True True",
        "answers, 0 s behind",
    ]
