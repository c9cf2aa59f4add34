"""Where the demo's leads go to: four integrations and their credentials, none of which is real.

Hosts under .example lead nowhere, and none of them runs within the demo's first hours.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from batches import configuring, credentials
from batches.configuring import SetUp
from batches.models import Credential, Integration
from batches.rules import Kind
from convertr.accounts.models import User
from convertr.audit.context import acting
from convertr.demo.people import PEOPLE
from convertr.network.models import Campaign

ZONE = "Europe/Berlin"
# Kind and secret of each credential, by name. Nobody could sign in anywhere with them.
SECRETS: dict[str, tuple[str, dict[str, str]]] = {
    "Solvana SFTP": ("password", {"password": "demo-not-a-password"}),
    "Nordlicht files": ("file_password", {"password": "demo-zip-password"}),
    "Brightside bucket": ("s3_key", {"key_id": "demo-key-id", "secret": "demo-not-a-secret"}),
    "Hausbank CRM": ("http_header", {"header": "X-Api-Key: demo-not-a-key"}),
}
FIELDS = [
    ["Lead ID", "meta:id"],
    ["First name", "field:firstName"],
    ["Last name", "field:lastName"],
    ["E-mail", "field:email"],
    ["Telephone", "field:telephone"],
    ["City", "field:city"],
    ["Country", "field:country"],
    ["Publisher", "meta:publisherName"],
    ["Created", "meta:createdDate"],
]
# No run before then: a demo sends no mail.
HELD = timedelta(days=365)
SINCE = timedelta(days=45)


def make_integrations() -> None:
    """One for each of the demo's campaigns; only where there is none at all."""
    campaigns = list(Campaign.objects.filter(lead_fields__name="firstName").order_by("pk")[:4])
    if Integration.objects.exists() or Credential.objects.exists() or len(campaigns) < 4:
        return
    people = {user.email: user for user in User.objects.filter(is_active=True)}
    agency, admin = people[PEOPLE[0].email], people[PEOPLE[4].email]
    with acting(admin, channel="page"):
        kept = {
            name: credentials.create(actor=admin, name=name, kind=kind, secret=secret)
            for name, (kind, secret) in SECRETS.items()
        }
    now = timezone.now()
    with acting(agency, channel="page"):
        for campaign, wanted in zip(campaigns, _wanted(kept, now), strict=True):
            active = wanted.kind != Kind.REALTIME
            made = configuring.create(actor=agency, campaign=campaign, wanted=wanted, active=active)
            if wanted.kind == Kind.CUMULATIVE:
                until = (now + HELD).date()
                configuring.hold(actor=agency, integration=made, until=until)
    Integration.objects.update(created_at=now - SINCE)


def _wanted(kept: Mapping[str, Credential], now: datetime) -> tuple[SetUp, ...]:
    """By SFTP each day, by e-mail each week, to S3 every two weeks, and lead by lead."""
    return (
        SetUp(
            label="Solvana daily",
            kind=Kind.DEFAULT,
            schedule=_daily(now),
            fields=FIELDS,
            file={"format": "csv", "delimiter": ";", "name": "{label}_{date}_{batch_id}"},
            destination=_sftp(),
            credential=kept["Solvana SFTP"],
            host_key=_public_key(),
        ),
        SetUp(
            label="Nordlicht weekly list",
            kind=Kind.CUMULATIVE,
            schedule={"every": "weekdays", "zone": ZONE, "times": ["09:00"], "weekdays": [0]},
            fields=FIELDS,
            file={"format": "csv", "zipped": True, "bom": True, "name": "leads_{sequence}"},
            destination={
                "kind": "email",
                "recipients": ["leads@nordlicht.example"],
                "subject": "Leads of the week",
            },
            file_credential=kept["Nordlicht files"],
        ),
        SetUp(
            label="Brightside archive",
            kind=Kind.DEFAULT,
            schedule={
                "every": "weeks",
                "zone": ZONE,
                "times": ["06:30"],
                "n": 2,
                "start": (now - timedelta(days=21)).date(),
            },
            fields=FIELDS,
            file={"format": "xlsx", "name": "brightside_{date}_{batch_id}"},
            destination={
                "kind": "s3",
                "endpoint": "https://s3.brightside.example",
                "region": "eu-central-1",
                "bucket": "brightside-leads",
                "prefix": "convertr/",
            },
            credential=kept["Brightside bucket"],
        ),
        SetUp(
            label="Hausbank CRM",
            kind=Kind.REALTIME,
            schedule=_daily(now),
            fields=FIELDS,
            file={},
            destination={
                "url": "https://crm.hausbank.example/leads",
                "method": "POST",
                "body": "json",
                "success": '"accepted": *true',
            },
            credential=kept["Hausbank CRM"],
        ),
    )


def _daily(now: datetime) -> dict[str, Any]:
    """Each day at an hour that is 19 to 20 hours away."""
    hour = (now + timedelta(hours=20)).astimezone(ZoneInfo(ZONE)).hour
    return {
        "every": "weekdays",
        "zone": ZONE,
        "times": [f"{hour:02}:00"],
        "weekdays": list(range(7)),
    }


def _sftp() -> dict[str, Any]:
    return {"kind": "sftp", "host": "sftp.solvana.example", "port": 22, "user": "convertr",
            "folder": "/incoming/leads"}  # fmt: skip


def _public_key() -> str:
    """A server's key that no server has."""
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
