"""The few fixed people of all tests; `client` (pytest-django) is the one that is signed out."""

import gc
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, TransactionTestCase

from convertr.accounts.models import Role
from tests.factories import make_partner, make_user

# Tables that hold what migrations made.
KEPT = (
    "django_migrations", "django_content_type", "auth_permission",
    "leads_flagreason", "leads_flagreasoncategory",
)  # fmt: skip
# Without the triggers that keep history from being deleted and look for what refers to a row.
EMPTY = """
SET LOCAL session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace AND relname <> ALL ('{%s}')
    LOOP
        EXECUTE format('DELETE FROM %%I', name);
    END LOOP;
END $$
"""


def pytest_configure():
    """What costs time and protects nothing here; and see `empty_tables`."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # All tests call from one address.
    settings.API_WRONG_KEYS = 10**6
    # Each test client would look at every static file first.
    settings.WHITENOISE_AUTOREFRESH = True
    TransactionTestCase._fixture_teardown = empty_tables


def pytest_collection_finish():
    """What is there by now stays, and is no rubbish: looking for it takes a part of each test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The browser's last: Playwright keeps an event loop running, where others want their own."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def empty_tables(case):
    """Delete what a test has stored: truncating takes files, and half a second."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EMPTY % ",".join(KEPT))


@pytest.fixture
def partner(db):
    return make_partner(name="Clickwell Media")


@pytest.fixture
def other_partner(db):
    return make_partner(name="Mailhafen")


@pytest.fixture
def agency(db):
    """An agency user who holds every permission that isn't given by name only."""
    return make_user("agency@example.test", full_name="Ada Agency", permissions="all")


@pytest.fixture
def agency2(db):
    """A colleague who only reads."""
    return make_user("agency2@example.test", full_name="Abel Agency")


@pytest.fixture
def partner_user(partner):
    return make_user(
        "partner@example.test", full_name="Pia Partner", role=Role.PARTNER, partner=partner
    )


@pytest.fixture
def other_partner_user(other_partner):
    return make_user(
        "partner2@example.test", full_name="Otto Other", role=Role.PARTNER, partner=other_partner
    )


@pytest.fixture
def admin_user(db):
    return make_user("admin@example.test", full_name="Ruth Root", role=Role.ADMIN)


@pytest.fixture
def sign_in():
    """sign_in(user) answers a new client that is signed in as that person."""

    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def without_frame(settings):
    """Pages without what is around each of them: a refusal's frame took most of a walk's time.

    Frames are walked by themselves (tests/access/test_roles.py), and tested in tests/ui.
    """
    engine = settings.TEMPLATES[0]
    bare = [Path(__file__).parent / "templates", *engine["DIRS"]]
    settings.TEMPLATES = [{**engine, "DIRS": bare}]
