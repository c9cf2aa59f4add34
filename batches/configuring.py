"""What people do with integrations: set up, change, switch, skip a run, hold (batches.md).

Each is written to the audit, by the names of what changed. It counts for batches that are claimed
from then on: those under way keep what was frozen into them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches import claiming, credentials, destinations, files, mapping, schedules
from batches.models import Credential, Integration
from batches.nudge import nudge_calls
from batches.realtime.options import KIND as REALTIME
from batches.realtime.options import RealtimeOptions
from batches.rules import Kind
from batches.shown import next_run
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.network.models import Campaign

CONFIGURE = "batches.configure_batches"
# What of an integration belongs to which section of its page.
SECTIONS: dict[str, tuple[str, ...]] = {
    "general": ("label", "kind"),
    "schedule": ("schedule", "send_empty"),
    "fields": ("fields",),
    "file": ("file", "file_credential_id"),
    "destination": ("destination", "credential_id", "host_key"),
}
HEADER_KINDS = (Credential.Kind.HTTP_HEADER,)
FILE_KINDS = (Credential.Kind.FILE_PASSWORD,)
TEXTS: dict[str, str | Promise] = {
    "gone": _("The integration is no longer there."),
    "changed_meanwhile": _(
        "Somebody has changed this integration since you opened it. What you entered is kept: look"
        " at it in another tab, then save again to keep yours."
    ),
    "bad_label": _("Write a label of 1 to 100 characters."),
    "bad_type": _("Real-time and batched integrations don’t turn into each other: make a new one."),
    "bad_destination": _("Choose where the files go."),
    "bad_credential": _("Choose a credential of a kind that this destination takes."),
    "no_credential": _("Choose a credential for this destination."),
    "bad_file_credential": _("Choose a file’s password: ZIP and XLSX can be locked, others can’t."),
    "nothing_to_skip": _("No run is planned that could be skipped."),
    "past": _("Choose a day to come."),
    "off": _("It is switched off: switch it on first."),
}


@dataclass(frozen=True)
class SetUp:
    """All that is set up; texts as they were entered are read and checked by the services."""

    label: str
    kind: str
    schedule: Mapping[str, Any]
    fields: list[list[str]]
    file: Mapping[str, Any]
    destination: Mapping[str, Any]
    send_empty: bool = False
    credential: Credential | None = None
    file_credential: Credential | None = None
    # Of the server that was tested last; empty where none was, or the address is another.
    host_key: str = ""


def create(*, actor: User, campaign: Campaign, wanted: SetUp, active: bool = True) -> Integration:
    """Set one up. DomainError with the code of what won't do."""
    _check_may(actor)
    values = _checked(wanted, campaign)
    with transaction.atomic():
        made = Integration(campaign=campaign, created_by=actor, active=active, **values)
        claiming.plan(made, after=timezone.now())
        made.save()
        note("integration.created", subject_of(made), campaign=campaign.pk)
    _tell(made)
    return made


def change(*, actor: User, integration: Integration, version: int, wanted: SetUp) -> list[str]:
    """Change it; answers the sections that differ.

    `version`: the integration's when it was opened. DomainError `changed_meanwhile` where somebody
    was first, and the codes of what won't do.
    """
    with _held(actor, integration) as held:
        if held.version != version:
            raise _refused("changed_meanwhile")
        if (wanted.kind == Kind.REALTIME) != (held.kind == Kind.REALTIME):
            raise _refused("bad_type")
        values = _checked(wanted, held.campaign)
        changed = [
            section
            for section, names in SECTIONS.items()
            if any(getattr(held, name) != values[name] for name in names)
        ]
        if not changed:
            return []
        for name, value in values.items():
            setattr(held, name, value)
        if "schedule" in changed:
            held.skip_due_at = None
            claiming.plan(held, after=timezone.now())
        # What the page's form doesn't hold (on, skipped, held, the key) is changed beside it.
        held.version += 1
        held.save()
        note("integration.changed", subject_of(held), sections=changed)
    return changed


def switch(*, actor: User, integration: Integration, on: bool) -> None:
    """On: its next run is planned. Off: nothing is sent, and what waits goes on waiting."""
    with _held(actor, integration) as held:
        if held.active == on:
            return
        held.active, held.skip_due_at = on, None
        claiming.plan(held, after=timezone.now())
        held.save()
        note("integration.switched_on" if on else "integration.switched_off", subject_of(held))
    _tell(held)


def skip_next(*, actor: User, integration: Integration, skip: bool = True) -> datetime | None:
    """Leave the next run out, or not after all; answers when it runs next."""
    with _held(actor, integration) as held:
        if skip and held.next_due_at is None:
            raise _refused("nothing_to_skip")
        held.skip_due_at = held.next_due_at if skip else None
        held.save()
        note("integration.run_skipped" if skip else "integration.run_restored", subject_of(held))
        return next_run(held)


def hold(*, actor: User, integration: Integration, until: date | None) -> None:
    """No run before that day, in the schedule's zone; None lets it run again."""
    with _held(actor, integration) as held:
        at = None
        if until is not None:
            zone = ZoneInfo(schedules.read(held.schedule).zone)
            at = datetime.combine(until, time.min, tzinfo=zone)
            if at <= timezone.now():
                raise _refused("past")
        held.hold_until, held.skip_due_at = at, None
        claiming.plan(held, after=timezone.now())
        held.save()
        if until:
            note("integration.held", subject_of(held), until=until.isoformat())
        else:
            note("integration.released", subject_of(held))


def pin(*, actor: User, integration: Integration, host_key: str) -> None:
    """Keep the key that the server has shown; it is required from now on. Empty: forget it."""
    with _held(actor, integration) as held:
        if held.host_key == host_key:
            return
        held.host_key = host_key
        held.save()
        action = "integration.host_key_pinned" if host_key else "integration.host_key_forgotten"
        note(action, subject_of(held))


def subject_of(integration: Integration) -> str:
    """What the audit calls it."""
    return f"integration {integration.pk}"


# --- what they have in common ---


def _check_may(actor: User) -> None:
    if actor.is_partner or not actor.has_perms((CONFIGURE, "leads.view_leads")):
        raise PermissionDenied


@contextmanager
def _held(actor: User, integration: Integration) -> Iterator[Integration]:
    """The integration, locked until the transaction ends."""
    _check_may(actor)
    with transaction.atomic():
        rows = Integration.objects.select_for_update(of=("self",)).select_related("campaign")
        held = rows.filter(pk=integration.pk).first()
        if held is None:
            raise _refused("gone")
        yield held


def _tell(integration: Integration) -> None:
    """What waits for a real-time integration goes at once."""
    if integration.active and integration.kind == Kind.REALTIME:
        transaction.on_commit(nudge_calls, robust=True)


def _checked(wanted: SetUp, campaign: Campaign) -> dict[str, Any]:
    """The model's values; DomainError for the first that won't do."""
    label = wanted.label.strip()
    if not label or len(label) > 100 or not label.isprintable():
        raise _refused("bad_label")
    if wanted.kind not in Kind.values:
        raise _refused("bad_type")
    names = set(campaign.lead_fields.values_list("name", flat=True))
    realtime = wanted.kind == Kind.REALTIME
    return {
        "label": label,
        "kind": wanted.kind,
        "schedule": schedules.read(wanted.schedule).stored(),
        "send_empty": wanted.send_empty and not realtime,
        "fields": [list(pair) for pair in mapping.check(wanted.fields, names)],
        **_file(wanted),
        **(_realtime(wanted) if realtime else _destination(wanted)),
    }


def _file(wanted: SetUp) -> dict[str, Any]:
    options, credential = files.read(wanted.file), wanted.file_credential
    if credential and not (options.takes_password and credential.kind in FILE_KINDS):
        raise _refused("bad_file_credential")
    return {"file": options.stored(), "file_credential_id": credential.pk if credential else None}


def _destination(wanted: SetUp) -> dict[str, Any]:
    kind = destinations.KINDS.get(str(wanted.destination.get("kind", "")))
    if kind is None:
        raise _refused("bad_destination")
    options = kind.read(wanted.destination)
    _check_credential(wanted.credential, kind.credential_kinds, needed=kind.needs_credential)
    if wanted.credential is not None:
        credentials.check_host(wanted.credential, kind.host_of(options))
    zipped = files.read(wanted.file).zipped
    kind.check(options, encrypted=zipped and wanted.file_credential is not None)
    return {
        "destination": kind.stored(options),
        "credential_id": wanted.credential.pk if wanted.credential else None,
        "host_key": wanted.host_key if kind.pins else "",
    }


def _realtime(wanted: SetUp) -> dict[str, Any]:
    options = RealtimeOptions.read({**wanted.destination, "kind": REALTIME})
    _check_credential(wanted.credential, HEADER_KINDS, needed=False)
    if wanted.credential is not None:
        credentials.check_host(wanted.credential, options.host)
    return {
        "destination": options.stored(),
        "credential_id": wanted.credential.pk if wanted.credential else None,
        "host_key": "",
    }


def _check_credential(
    credential: Credential | None, kinds: Collection[str], *, needed: bool
) -> None:
    if credential is None and needed:
        raise _refused("no_credential")
    if credential is not None and credential.kind not in kinds:
        raise _refused("bad_credential")


def _refused(code: str) -> DomainError:
    return DomainError(code, TEXTS[code])
