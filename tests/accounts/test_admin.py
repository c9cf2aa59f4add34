import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.urls import reverse

from convertr.accounts import keys
from convertr.accounts.models import ApiKey, Invitation, User
from convertr.audit.models import Entry


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)


def change_data(user, **changes):
    return {
        "full_name": user.full_name,
        "role": user.role,
        "partner": user.partner_id or "",
        "time_zone": user.time_zone,
        "is_active": "on",
        **changes,
    }


@pytest.mark.parametrize("model", ["user", "invitation", "apikey"])
def test_lists_open(admin, agency, model):
    keys.create_key(actor=None, user=agency, name="Reports")

    assert admin.get(reverse(f"admin:accounts_{model}_changelist")).status_code == 200


def test_groups_hold_the_products_permissions(admin):
    page = admin.get("/admin/auth/group/add/")

    choices = {str(p) for p in page.context["adminform"].form.fields["permissions"].queryset}
    assert any("Can change statuses of conversions" in choice for choice in choices)
    assert not any("log entry" in choice for choice in choices)


def test_a_change_of_a_person_is_in_the_audit_without_its_values(admin, agency2, admin_user):
    url = reverse("admin:accounts_user_change", args=[agency2.pk])

    answer = admin.post(url, change_data(agency2, full_name="Abel Renamed"))

    assert answer.status_code == 302
    entry = Entry.objects.get(action="user.changed")
    assert (entry.actor_id, entry.channel, entry.subject) == (
        admin_user.pk,
        "admin",
        f"person {agency2.pk}",
    )
    assert "Renamed" not in str(entry.details)


def test_a_partners_person_needs_a_partner(admin, agency2):
    url = reverse("admin:accounts_user_change", args=[agency2.pk])

    answer = admin.post(url, change_data(agency2, role="partner"))

    assert "Choose a partner" in answer.content.decode()
    assert User.objects.get(pk=agency2.pk).role == "agency"


def test_a_new_role_takes_back_what_the_person_was_given(admin, agency, partner):
    group = Group.objects.create(name="Accounting")
    agency.groups.add(group)
    made = keys.create_key(actor=agency, user=agency, name="Reports")
    held = list(agency.user_permissions.values_list("pk", flat=True))
    url = reverse("admin:accounts_user_change", args=[agency.pk])
    # The form sends the old permissions and groups along.
    kept = {"groups": [group.pk], "user_permissions": held}

    admin.post(url, change_data(agency, full_name="Ada Renamed", **kept))
    assert agency.user_permissions.exists()
    assert keys.authenticate(made.secret)

    admin.post(url, change_data(agency, role="partner", partner=partner.pk, **kept))
    changed = User.objects.get(pk=agency.pk)
    assert changed.is_partner
    assert not changed.user_permissions.exists()
    assert not changed.groups.exists()
    assert keys.authenticate(made.secret) is None
    assert Entry.objects.get(action="role.changed").details == {
        "role": "partner",
        "keys_revoked": 1,
    }


def test_an_unknown_time_zone_is_refused(admin, agency2):
    url = reverse("admin:accounts_user_change", args=[agency2.pk])

    answer = admin.post(url, change_data(agency2, time_zone="Mars/Olympus"))

    assert "Write a time zone such as Europe/Berlin." in answer.content.decode()


def test_nobody_becomes_a_superuser(admin, agency2):
    url = reverse("admin:accounts_user_change", args=[agency2.pk])

    admin.post(url, change_data(agency2, is_superuser="on", password="new"))

    changed = User.objects.get(pk=agency2.pk)
    assert not changed.is_superuser
    assert changed.password == agency2.password


def test_admins_dont_lock_themselves_out(admin, admin_user):
    url = reverse("admin:accounts_user_change", args=[admin_user.pk])
    data = change_data(admin_user, role="agency")
    del data["is_active"]

    admin.post(url, data)

    admin_user.refresh_from_db()
    assert (admin_user.role, admin_user.is_active) == ("admin", True)


def test_people_are_invited_not_added(admin):
    assert admin.get(reverse("admin:accounts_user_add")).status_code == 403


def test_an_invitation_shows_its_link_outside_production(admin, settings):
    url = reverse("admin:accounts_invitation_add")
    data = {"email": "new@example.test", "full_name": "Nora", "role": "agency"}

    shown = admin.post(url, data).content.decode()
    assert f"{settings.SITE_URL}/invitation/" in shown

    settings.PRODUCTION = True
    hidden = admin.post(url, data | {"email": "next@example.test"}).content.decode()
    assert "/invitation/" not in hidden.replace("/admin/accounts/invitation/", "")
    assert Invitation.objects.count() == 2


def test_an_impossible_invitation_says_why(admin, agency):
    url = reverse("admin:accounts_invitation_add")

    answer = admin.post(url, {"email": "agency@example.test", "role": "agency"})

    assert "has an account already" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_key_is_shown_once(admin):
    url = reverse("admin:accounts_apikey_add")

    answer = admin.post(url, {"name": "Reports", "scopes": ["read"]})

    secret = re.search(r"cvr_[\w-]{40,}", answer.content.decode())[0]
    assert keys.authenticate(secret).scopes == ["read"]
    key = ApiKey.objects.get()
    page = admin.get(reverse("admin:accounts_apikey_change", args=[key.pk])).content.decode()
    assert secret not in page


def test_an_admin_makes_no_key_for_another(admin, agency, admin_user):
    """It would act in that person's name."""
    admin.post(reverse("admin:accounts_apikey_add"), {"user": agency.pk, "name": "Reports"})

    assert ApiKey.objects.get().user == admin_user


def test_keys_are_revoked_by_an_action(admin, agency):
    made = keys.create_key(actor=None, user=agency, name="Reports")
    url = reverse("admin:accounts_apikey_changelist")

    admin.post(url, {"action": "revoke", "_selected_action": [made.key.pk]})

    assert keys.authenticate(made.secret) is None


def test_the_admin_has_the_products_one_sign_in(client, agency):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")

    client.force_login(agency)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_lost_second_factor_is_removed_and_never_shown(admin, agency):
    Authenticator.objects.create(user=agency, type="totp", data={"secret": "hidden-secret"})

    admin.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "remove_second_factor", "_selected_action": [agency.pk]},
    )

    assert not Authenticator.objects.exists()
    assert Entry.objects.get(action="second_factor.removed").subject == f"person {agency.pk}"
    assert "mfa" not in admin.get("/admin/").content.decode()
