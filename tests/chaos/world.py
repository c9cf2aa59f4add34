"""What is there before the first round: demo data, people, keys, and where things are sent to."""

from datetime import timedelta
from functools import cached_property

from django.db.models import Max
from django.utils import timezone

from batches import configuring, credentials
from batches.configuring import SetUp
from batches.models import Batch, Integration
from conversions.models import Conversion, PartnerPostback
from convertr.accounts import keys
from convertr.accounts.models import User
from convertr.audit.context import acting
from convertr.jobs.models import Job
from convertr.network.models import Campaign, Offer, Partner
from leads.models import Lead
from requests_workflow.models import ConversionRequest
from tests.chaos.people import Door, Person, Program
from tests.chaos.sinks import BUCKET

CONVERSIONS, LEADS = 3_000, 300
# A round changes these many, so that its flows meet each other.
POOL = 500
FIELDS = [["ID", "meta:id"], ["E-mail", "field:email"], ["City", "field:city"]]
DAILY = {"every": "weekdays", "zone": "UTC", "weekdays": list(range(7))}
FILE = {"format": "csv", "name": "{label}_{batch_id}"}


class World:
    """Ids to choose from, and who acts."""

    def __init__(self, product, sinks):
        self.sinks = sinks
        self.doors = [Door(port) for port in product.ports]
        self.agency = Person(self.doors, "agency@demo.test", "Demo Agency")
        self.admin = Person(self.doors, "admin@demo.test", "Demo Admin")
        self.agency_api = self._program("agency@demo.test")
        self.admin_api = self._program("admin@demo.test")
        self.partner_api = self._program("partner@demo.test")
        self._uuids = [str(one) for one in Conversion.objects.values_list("uuid", flat=True)]
        self.partner = User.objects.get(email="partner@demo.test").partner
        self.offers = [(one.pk, one.postback_token) for one in Offer.objects.order_by("pk")]
        self.partners_offers = [one.pk for one in self.partner.offers.order_by("pk")]
        self._make_postbacks()
        self.first = self._note_first()
        self.campaigns = list(Campaign.objects.order_by("pk").values_list("pk", flat=True))
        self.publishers = list(Partner.objects.order_by("pk").values_list("pk", flat=True)[1:5])
        self.integrations = self._make_integrations()
        self.pool, self._told = self._uuids, set()
        self.partners_own = [
            str(one)
            for one in Conversion.objects.filter(partner=self.partner).values_list(
                "uuid", flat=True
            )
        ]

    @cached_property
    def realtime(self):
        return [one for one in self.integrations if one.kind == "realtime"]

    @cached_property
    def batched(self):
        return [one for one in self.integrations if one.kind != "realtime"]

    def begin_round(self, dice):
        self.pool = dice.sample(self._uuids, POOL)

    def some_conversions(self, dice, most):
        """UUIDs of this round's conversions."""
        return dice.sample(self.pool, dice.randint(1, most))

    def _note_first(self):
        """What was there before: later ids are of chaos."""
        tables = {"job": Job, "lead": Lead, "request": ConversionRequest, "batch": Batch}
        first = {
            name: model.objects.aggregate(last=Max("pk"))["last"] or 0
            for name, model in tables.items()
        }
        raiser = User.objects.get(email="partner@demo.test").pk
        return {**first, "began": timezone.now(), "partner": raiser}

    def not_told_yet(self, violations):
        """Without what an earlier round has broken: the database keeps it."""
        fresh = []
        for sentence, broken in violations:
            lines = [line for line in broken if (sentence, line) not in self._told]
            self._told.update((sentence, line) for line in lines)
            if lines:
                fresh.append((sentence, lines))
        return fresh

    def _program(self, email):
        user = User.objects.get(email=email)
        return Program(self.doors, keys.create_key(actor=None, user=user, name="chaos").secret)

    def _make_postbacks(self):
        """Of each partner one; the first has a second, for one status alone."""
        PartnerPostback.objects.all().delete()
        plans = [(one, ["approved", "rejected"]) for one in Partner.objects.all()]
        for partner, statuses in [*plans, (self.partner, ["approved"])]:
            made = PartnerPostback.objects.create(partner=partner, url="", statuses=statuses)
            macros = "c={change_id}&s={status}&a={payout}"
            made.url = f"{self.sinks.url('postbacks')}?p={made.pk}&{macros}"
            made.save()

    # --- integrations -----------------------------------------------------------------------------

    def _make_integrations(self):
        """Of the first campaign two, of the others one or two each; none runs by itself."""
        Integration.objects.update(active=False, next_due_at=None)
        admin = User.objects.get(email="admin@demo.test")
        with acting(admin, channel="page"):
            return [
                configuring.create(
                    actor=admin,
                    campaign=Campaign.objects.get(pk=self.campaigns[place]),
                    wanted=wanted,
                )
                for place, wanted in self._wanted(admin)
            ]

    def _wanted(self, admin):
        sftp = self._sftp()
        password = self._secret(admin, "password", password=self.sinks.sftp.password)
        server = {
            "destination": sftp,
            "credential": password,
            "host_key": self.sinks.sftp.host_key,
        }
        yield 0, _set_up("sftp", **server)
        yield 0, _set_up("http", destination={"kind": "http", "url": self.sinks.url("http")})
        yield 1, _set_up("all", kind="cumulative", **server)
        yield 2, _set_up("s3", destination=self._s3(), credential=self._s3_key(admin))
        yield (
            2,
            _set_up(
                "mail",
                destination={"kind": "email", "recipients": ["a@b.test"], "subject": "Leads"},
                file={**FILE, "zipped": True},
                file_credential=self._secret(admin, "file_password", password="pa55-of-zip"),
            ),
        )
        yield (
            3,
            _set_up(
                "calls",
                kind="realtime",
                file={},
                destination={"url": self.sinks.url("realtime"), "method": "POST", "body": "json"},
            ),
        )

    def _sftp(self):
        line = self.sinks.lines["sftp"]
        return {"kind": "sftp", "host": "127.0.0.1", "port": line.port, "user": "depot"}

    def _s3(self):
        endpoint = self.sinks.address(BUCKET)
        return {"kind": "s3", "endpoint": endpoint, "bucket": BUCKET, "region": "us-east-1"}

    def _s3_key(self, admin):
        return self._secret(admin, "s3_key", key_id="chaos", secret="chaos-secret")

    def _secret(self, admin, kind, **secret):
        name = f"chaos {kind}"
        return credentials.create(actor=admin, name=name, kind=kind, secret=secret)


def _set_up(label, *, kind="default", file=FILE, **more):
    """Due tomorrow at this hour at the earliest."""
    hour = (timezone.now() - timedelta(hours=1)).strftime("%H:00")
    schedule = {**DAILY, "times": [hour]}
    return SetUp(label=label, kind=kind, schedule=schedule, fields=FIELDS, file=file, **more)
