import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from convertr.accounts import invitations
from convertr.accounts.models import Invitation, User
from convertr.audit.models import Entry
from convertr.errors import DomainError

PASSWORD = "a-long-and-strange-one"


@pytest.fixture
def invited(admin_user, partner):
    return invitations.invite(
        actor=admin_user, email="New@Example.test", role="partner", partner=partner
    )


def token_of(invited):
    return invited.link.rsplit("/", 1)[1]


def path_of(invited):
    return reverse("accounts:open_invitation", args=[token_of(invited)])


def test_the_link_comes_by_mail_and_is_kept_as_a_hash(
    admin_user, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        sent = invitations.invite(actor=admin_user, email="new@example.test", role="agency")

    assert mailoutbox[0].to == ["new@example.test"]
    assert sent.link in mailoutbox[0].body
    assert token_of(sent) not in str(Invitation.objects.values().get())


def test_an_invited_person_makes_an_account_and_is_signed_in(client, invited, partner):
    page = client.get(path_of(invited), follow=True)
    assert page.redirect_chain == [("/invitation/", 302)]
    assert "new@example.test" in page.content.decode()

    answer = client.post("/invitation/", {"full_name": "Nora New", "password": PASSWORD})

    user = User.objects.get(email="new@example.test")
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.full_name, user.role, user.partner) == ("Nora New", "partner", partner)
    assert user.check_password(PASSWORD)
    entries = Entry.objects.filter(subject=f"person {user.pk}").order_by("id")
    assert [(e.action, e.actor_id) for e in entries] == [
        ("invitation.accepted", user.pk),
        ("signed_in", user.pk),
    ]


def test_a_link_works_once(client, invited):
    invitations.accept(token=token_of(invited), full_name="Nora New", password=PASSWORD)

    answer = client.get(path_of(invited), follow=True)

    assert answer.status_code == 410
    assert "Ask for a new one" in answer.content.decode()


def test_a_link_ends_after_seven_days(client, invited):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(DomainError, match="Ask for a new one"):
        invitations.accept(token=token_of(invited), full_name="Nora", password=PASSWORD)
    assert client.get(path_of(invited), follow=True).status_code == 410


def test_a_newer_invitation_ends_the_older(admin_user, invited, partner):
    invitations.invite(actor=admin_user, email="new@example.test", role="partner", partner=partner)

    with pytest.raises(DomainError):
        invitations.find(token_of(invited))


def test_a_withdrawn_invitation_ends(admin_user, invited):
    assert invitations.withdraw(actor=admin_user, invitations=Invitation.objects.all()) == 1

    with pytest.raises(DomainError):
        invitations.find(token_of(invited))


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "new@example.test"])
def test_a_weak_password_is_refused(client, invited, password):
    client.get(path_of(invited))

    answer = client.post("/invitation/", {"full_name": "Nora", "password": password})

    assert answer.status_code == 422
    assert re.search("This password|too similar", answer.content.decode())
    assert not User.objects.filter(email="new@example.test").exists()


def test_without_a_link_there_is_nothing_to_accept(client, db):
    assert client.get("/invitation/").status_code == 410
    assert client.post("/invitation/", {"password": PASSWORD}).status_code == 410
    assert client.get("/invitation/wrong", follow=True).status_code == 410


def test_who_has_an_account_is_not_invited(admin_user, agency):
    with pytest.raises(DomainError) as error:
        invitations.invite(actor=admin_user, email="AGENCY@example.test", role="agency")

    assert error.value.code == "person_exists"


@pytest.mark.parametrize("role", ["agency", "partner"])
def test_only_a_partners_person_has_a_partner(admin_user, partner, role):
    partner_given = partner if role == "agency" else None
    with pytest.raises(DomainError) as error:
        invitations.invite(
            actor=admin_user, email="new@example.test", role=role, partner=partner_given
        )

    assert error.value.code == "partner_needed"


def test_only_those_who_may_invite(agency, partner_user):
    for actor in (agency, partner_user):
        with pytest.raises(PermissionDenied):
            invitations.invite(actor=actor, email="new@example.test", role="agency")
