"""How people come in: by invitation only (platform.md, "People and permissions")."""

import hashlib
import secrets
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import Invitation, Role, User
from convertr.audit.context import acting
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.network.models import Partner

VALID_DAYS = 7


class Invited(NamedTuple):
    invitation: Invitation
    # Stands in the mail only; just its hash is kept.
    link: str


def invite(
    *, actor: User, email: str, role: str, partner: Partner | None = None, full_name: str = ""
) -> Invited:
    """Send a link with which one person makes an account within seven days.

    An earlier open invitation of the same address ends. Raises DomainError `person_exists` or
    `partner_needed`.
    """
    require(actor, "accounts.add_invitation")
    email = email.strip().lower()
    check(email=email, role=role, partner=partner)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        open_invitations(email).update(expires_at=now)
        invitation = Invitation.objects.create(
            email=email,
            full_name=full_name.strip(),
            role=role,
            partner=partner,
            hash=_hash(token),
            invited_by=actor,
            expires_at=now + timedelta(days=VALID_DAYS),
        )
        note("invitation.sent", f"invitation {invitation.pk}", role=role)
        link = settings.SITE_URL + reverse("accounts:open_invitation", args=[token])
        transaction.on_commit(partial(_send, invitation, link), robust=True)
    return Invited(invitation, link)


def check(*, email: str, role: str, partner: Partner | None) -> None:
    """Raise the DomainError that `invite` would."""
    if User.objects.filter(email=email.strip().lower()).exists():
        raise DomainError("person_exists", _("This address has an account already."))
    if (role == Role.PARTNER) != (partner is not None):
        text = _("Choose a partner for a partner's person, and only then.")
        raise DomainError("partner_needed", text)


def withdraw(*, actor: User, invitations: QuerySet[Invitation]) -> int:
    """End those that are still open; answers how many were."""
    require(actor, "accounts.add_invitation")
    now = timezone.now()
    with transaction.atomic():
        ended = invitations.filter(accepted_at=None, expires_at__gt=now).update(expires_at=now)
        if ended:
            note("invitation.withdrawn", count=ended)
    return ended


def open_invitations(email: str) -> QuerySet[Invitation]:
    """Those of an address that can still be accepted."""
    return Invitation.objects.filter(email=email, accepted_at=None, expires_at__gt=timezone.now())


def find(token: str) -> Invitation:
    """The invitation behind a link; DomainError `invitation_over` if used, expired or unknown."""
    invitation = Invitation.objects.filter(
        hash=_hash(token), accepted_at=None, expires_at__gt=timezone.now()
    ).first()
    if invitation is None:
        text = _("This invitation was used or is over. Ask for a new one.")
        raise DomainError("invitation_over", text)
    return invitation


def accept(*, token: str, full_name: str, password: str) -> User:
    """Make the account that was offered. A link works once, also when it is clicked twice."""
    with transaction.atomic():
        found = find(token)
        taken = Invitation.objects.filter(pk=found.pk, accepted_at=None).update(
            accepted_at=timezone.now()
        )
        if not taken or User.objects.filter(email=found.email).exists():
            raise DomainError("person_exists", _("This address has an account already."))
        user = User.objects.create_user(
            found.email,
            password,
            full_name=full_name.strip(),
            role=found.role,
            partner=found.partner,
        )
        # The link came by mail, so the address is theirs.
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        with acting(user):
            note("invitation.accepted", f"person {user.pk}")
    return user


def _send(invitation: Invitation, link: str) -> None:
    context = {"invitation": invitation, "link": link, "days": VALID_DAYS}
    send_mail(
        subject=str(_("Your invitation to Convertr")),
        message=render_to_string("accounts/invitation_mail.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
