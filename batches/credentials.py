"""What administrators do with credentials; nobody is ever shown a secret again (batches.md)."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches import secrets, vault
from batches.destinations import reading
from batches.models import Credential, Integration
from convertr.accounts.models import Role, User
from convertr.audit.entries import note
from convertr.errors import DomainError

LONGEST_NAME, LONGEST_HOSTS = 100, 500


def create(
    *, actor: User, name: str, kind: str, secret: Mapping[str, str], hosts: str = ""
) -> Credential:
    """Keep a secret; `secret` holds what batches.secrets.FIELDS names for its kind.

    `hosts`: the servers that it may be sent to, separated by spaces or lines; empty for any.
    """
    _check_admin(actor)
    sealed = vault.seal(secrets.read(kind, secret))
    with transaction.atomic():
        credential = _save(
            Credential(
                name=_read_name(name),
                kind=kind,
                ciphertext=sealed,
                hosts=_read_hosts(hosts),
                created_by=actor,
            )
        )
        note("credential.created", _subject(credential), kind=kind)
    return credential


def change(
    *,
    actor: User,
    credential: Credential,
    name: str,
    secret: Mapping[str, str] | None,
    hosts: str | None = None,
) -> None:
    """Rename it, and keep another secret, other hosts, unless those are None. Its kind stays."""
    _check_admin(actor)
    with transaction.atomic():
        held = _hold(credential)
        changed = []
        if (wanted := _read_name(name)) != held.name:
            held.name = wanted
            changed.append("name")
        if hosts is not None and (allowed := _read_hosts(hosts)) != held.hosts:
            held.hosts = allowed
            changed.append("hosts")
        if secret is not None:
            held.ciphertext = vault.seal(secrets.read(held.kind, secret))
            held.changed_at = timezone.now()
            changed.append("secret")
        if changed:
            _save(held)
            note("credential.changed", _subject(held), fields=changed)


def delete(*, actor: User, credential: Credential) -> None:
    """Remove it for good; DomainError `in_use` while an integration needs it."""
    _check_admin(actor)
    with transaction.atomic():
        held = _hold(credential)
        subject = _subject(held)
        try:
            held.delete()
        except ProtectedError:
            raise DomainError(
                "in_use",
                _("Integrations use this credential. Give them another one first."),
            ) from None
        note("credential.deleted", subject, kind=held.kind)


def used_by(credential: Credential) -> QuerySet[Integration]:
    """The integrations that send with it, or lock their files with it."""
    uses = Q(credential=credential) | Q(file_credential=credential)
    return Integration.objects.filter(uses).select_related("campaign").order_by("label", "pk")


def secret_of(credential: Credential) -> dict[str, str]:
    """The secret, for locking files; DomainError `vault_key_missing`."""
    return vault.unseal(credential.ciphertext)


def secret_for(credential: Credential, host: str) -> dict[str, str]:
    """The secret, to sign in at a host with it; DomainError `wrong_host`, `vault_key_missing`.

    Who sets integrations up need not know a secret, and must not lead it to a server of its own.
    """
    check_host(credential, host)
    return secret_of(credential)


def check_host(credential: Credential, host: str) -> None:
    """DomainError `wrong_host` for a server that the credential may not be sent to."""
    if credential.hosts and host not in credential.hosts.split():
        raise DomainError(
            "wrong_host",
            _("This credential may be sent to other servers only. An administrator can add this."),
        )


def _check_admin(actor: User) -> None:
    if actor.role != Role.ADMIN or not actor.is_active:
        raise PermissionDenied


def _hold(credential: Credential) -> Credential:
    found = Credential.objects.select_for_update().filter(pk=credential.pk).first()
    if found is None:
        raise DomainError("gone", _("The credential has been deleted."))
    return found


def _read_name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DomainError("bad_name", _("Write a name of 1 to 100 characters."))
    return name


def _read_hosts(text: str) -> str:
    names = [reading.host({"host": name}) for name in text.replace(",", " ").split()]
    hosts = " ".join(dict.fromkeys(names))
    if len(hosts) > LONGEST_HOSTS:
        raise DomainError("too_many_hosts", _("Write fewer servers: 500 characters at most."))
    return hosts


def _save(credential: Credential) -> Credential:
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError:
        raise DomainError("name_taken", _("Another credential has this name.")) from None
    return credential


def _subject(credential: Credential) -> str:
    """What the audit calls it."""
    return f"credential {credential.pk}"
