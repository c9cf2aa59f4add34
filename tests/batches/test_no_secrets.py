"""After sending, well and badly, no secret stands anywhere but in the vault's ciphertext."""

import pytest
from django.db import connection

from batches import credentials, destinations
from batches.models import Batch, Credential
from convertr.accounts.models import Role
from convertr.outbound.addresses import networks
from tests.batches.destinations.conftest import _ftp, ftp_server, sink  # noqa: F401
from tests.batches.kit import CSV, hurry, make_integration, make_waiting, now_due, work
from tests.factories import make_user

pytestmark = pytest.mark.django_db
WRONG, HEADER, ZIP = "wr0ng-pa55-word", "Bearer t0ken-of-the-shop", "pa55-of-the-zip"
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition
"""


@pytest.fixture
def admin(db):
    return make_user("vault@example.test", role=Role.ADMIN)


def keep(admin, kind, **secret):
    name = f"{kind} {Credential.objects.count()}"
    return credentials.create(actor=admin, name=name, kind=kind, secret=secret)


def tables_with(text):
    """The tables any of whose rows, written as text, holds it."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{name}" t WHERE t::text LIKE %s)', [f"%{text}%"]
            )
            found += [name] if cursor.fetchone()[0] else []
    return found


def test_no_secret_is_in_the_database_the_logs_or_pages(
    request,
    settings,
    admin,
    caplog,
    sign_in,
):
    ftp = request.getfixturevalue("ftp_server")
    shop = request.getfixturevalue("sink")
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    good = keep(admin, "password", password=ftp.password)
    wrong = keep(admin, "password", password=WRONG)
    header = keep(admin, "http_header", header=f"Authorization: {HEADER}")
    of_files = keep(admin, "file_password", password=ZIP)
    zipped = {"file": {**CSV, "zipped": True}, "file_credential": of_files, "due": True}
    for place, credential in (
        (ftp.options, good),
        (ftp.options, wrong),
        ({"kind": "http", "url": shop.url("/200")}, header),
        ({"kind": "http", "url": shop.url("/500")}, header),
        ({"kind": "http", "url": shop.url("/410")}, header),
    ):
        stored = destinations.KINDS[place["kind"]].read(place)
        made = make_integration(
            destination=destinations.KINDS[place["kind"]].stored(stored),
            credential=credential,
            created_by=admin,
            **zipped,
        )
        make_waiting(1, made)
        now_due(made)
    work()
    hurry()
    work()

    ends = sorted(Batch.objects.values_list("state", flat=True))
    assert ends == ["failed", "failed", "sending", "sent", "sent"]
    assert any(one.headers["Authorization"] == HEADER for one in shop.received)
    pages = "".join(sign_in(admin).get(path).text for path in _pages())
    assert "Shop" in pages
    for secret in (ftp.password, WRONG, HEADER, ZIP):
        assert tables_with(secret) == []
        assert secret not in caplog.text
        assert secret not in pages


def _pages():
    at = "/v2/system/campaign-lead-batch"
    yield from (f"{at}/pending-batch", f"{at}/sent-batches?state=failed", f"{at}/credentials")
    yield from (f"{at}/sent-batches/{pk}" for pk in Batch.objects.values_list("pk", flat=True))
    pending = f"{at}/pending-batch"
    yield from (
        f"{pending}/{pk}/configure"
        for pk in Batch.objects.values_list("integration", flat=True).distinct()
    )
    yield "/v2/audit"
