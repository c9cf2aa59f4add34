from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone

from convertr.accounts import keys
from convertr.accounts.models import ApiKey
from convertr.audit.models import Entry
from convertr.errors import DomainError


def test_a_key_acts_for_its_person_and_is_kept_as_a_hash(agency):
    made = keys.create_key(actor=agency, user=agency, name="Reports")

    assert keys.authenticate(made.secret).user == agency
    kept = ApiKey.objects.values().get()
    assert made.secret not in str(kept)
    assert made.secret.startswith(kept["prefix"])


@pytest.mark.parametrize("secret", ["", "cvr_", "cvr_wrong", "nonsense", "cvr_\x00"])
def test_anything_else_is_no_key(agency, secret):
    keys.create_key(actor=agency, user=agency, name="Reports")

    assert keys.authenticate(secret) is None


def test_a_revoked_key_ends(agency):
    made = keys.create_key(actor=agency, user=agency, name="Reports")

    keys.revoke_key(actor=agency, key=made.key)

    assert keys.authenticate(made.secret) is None
    assert made.key.revoked_at is not None


def test_a_key_ends_with_its_persons_account(agency):
    made = keys.create_key(actor=agency, user=agency, name="Reports")

    agency.is_active = False
    agency.save()

    assert keys.authenticate(made.secret) is None


def test_last_use_is_written_at_most_once_a_minute(agency, django_assert_num_queries):
    made = keys.create_key(actor=agency, user=agency, name="Reports")
    keys.authenticate(made.secret)
    with django_assert_num_queries(1):
        keys.authenticate(made.secret)

    long_ago = timezone.now() - timedelta(minutes=2)
    ApiKey.objects.update(last_used_at=long_ago)
    keys.authenticate(made.secret)

    assert ApiKey.objects.get().last_used_at > long_ago


def test_scopes_narrow_a_key(agency):
    key, _secret = keys.create_key(actor=agency, user=agency, name="Reports", scopes=["read"])
    every, _secret = keys.create_key(actor=agency, user=agency, name="All")

    assert (key.allows("read"), key.allows("conversions")) == (True, False)
    assert every.allows("conversions")


def test_an_unknown_scope_is_refused(agency):
    with pytest.raises(DomainError) as error:
        keys.create_key(actor=agency, user=agency, name="Reports", scopes=["everything"])

    assert error.value.code == "unknown_scope"


def test_everybody_makes_keys_for_oneself_only(agency, agency2, admin_user):
    for actor in (agency, admin_user):
        with pytest.raises(PermissionDenied):
            keys.create_key(actor=actor, user=agency2, name="Not mine")
    with pytest.raises(PermissionDenied):
        keys.create_key(actor=agency2, user=agency2, name="Without the permission")

    assert not ApiKey.objects.exists()


def test_an_admin_ends_anybodys_key(agency, agency2, admin_user):
    made = keys.create_key(actor=None, user=agency2, name="Lost")

    with pytest.raises(PermissionDenied):
        keys.revoke_key(actor=agency, key=made.key)
    assert keys.authenticate(made.secret)
    keys.revoke_key(actor=admin_user, key=made.key)
    assert keys.authenticate(made.secret) is None


def test_keys_made_and_ended_are_in_the_audit(agency):
    made = keys.create_key(actor=agency, user=agency, name="Reports")
    keys.revoke_key(actor=agency, key=made.key)
    keys.revoke_key(actor=agency, key=made.key)

    assert list(Entry.objects.order_by("id").values_list("action", flat=True)) == [
        "key.created",
        "key.revoked",
    ]
    assert made.secret not in str(list(Entry.objects.values()))


def test_the_command_prints_the_key_alone_on_the_last_line(agency, capsys):
    call_command("create_api_key", user="Agency@example.test", name="CI", scope=["read"])

    secret = capsys.readouterr().out.splitlines()[-1]
    assert keys.authenticate(secret).scopes == ["read"]


def test_the_command_says_when_nobody_has_the_address(db):
    with pytest.raises(CommandError, match="Nobody has this"):
        call_command("create_api_key", user="nobody@example.test", name="CI")
