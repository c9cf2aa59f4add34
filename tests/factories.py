"""Plain functions that make what a test needs; every value can be overridden by name."""

import csv
import io
import itertools
from decimal import Decimal

from django.utils import timezone

from conversions.making import build
from conversions.models import Conversion, PartnerPostback, PostbackEvent, Reason
from conversions.status_csv import services as status_csv
from convertr.accounts.models import Role, User
from convertr.accounts.permissions import grant, grantable_at_once
from convertr.audit.context import recorded
from convertr.jobs import engine
from convertr.jobs.models import Job
from convertr.network.models import Advertiser, Campaign, Offer, OfferEvent, Partner

_number = itertools.count(1)
PASSWORD = "correct-horse-battery"


def make_user(email=None, *, role=Role.AGENCY, permissions=(), **fields):
    """A person; `permissions` are names such as "conversions.change_conversions", or "all"."""
    n = next(_number)
    fields.setdefault("full_name", f"Person {n}")
    if role == Role.PARTNER:
        fields.setdefault("partner", None)
        fields["partner"] = fields["partner"] or make_partner()
    user = User.objects.create_user(
        email or f"person{n}@example.test", fields.pop("password", PASSWORD), role=role, **fields
    )
    grant(user, grantable_at_once() if permissions == "all" else permissions)
    return user


def make_partner(**fields):
    return Partner.objects.create(**{"name": f"Partner {next(_number)}", **fields})


def make_advertiser(**fields):
    return Advertiser.objects.create(**{"name": f"Advertiser {next(_number)}", **fields})


def make_campaign(**fields):
    fields.setdefault("advertiser", None)
    fields["advertiser"] = fields["advertiser"] or make_advertiser()
    return Campaign.objects.create(**{"name": f"Campaign {next(_number)}", **fields})


def make_event(offer, name="Base", **rates):
    """An offer's event; without rates it pays 4 and earns 5 (fixed)."""
    rates = rates or {"payout_fixed": 4, "revenue_fixed": 5}
    values = {field: Decimal(str(value)) for field, value in rates.items()}
    return OfferEvent.objects.create(offer=offer, name=name, **values)


def make_offer(*, rates=None, partners=(), **fields):
    """An offer with its Base event; `rates` such as {"payout_percent": 10, "revenue_percent": 12}.

    Without rates: payout 4, revenue 5, both fixed, in EUR.
    """
    fields.setdefault("advertiser", None)
    fields["advertiser"] = fields["advertiser"] or make_advertiser()
    offer = Offer.objects.create(**{"name": f"Offer {next(_number)}", **fields})
    offer.partners.set(partners)
    make_event(offer, **(rates or {}))
    return offer


def _built(offer=None, partner=None, event=None, **fields):
    offer = offer or (event.offer if event else make_offer())
    event = event or offer.events.get(name=OfferEvent.BASE)
    n = next(_number)
    fields = {"transaction_id": f"tx-{n}", "request_id": f"req-{n}", **fields}
    return build(event, partner=partner or make_partner(), **fields)


def make_conversion(**overrides):
    """One conversion, pending; `offer`, `event`, `partner` and every field may be given."""
    conversion = _built(**overrides)
    with recorded():
        conversion.save()
    conversion.refresh_from_db()
    return conversion


def make_conversions(count, *, offer=None, partner=None, **overrides):
    """`count` conversions of one offer and one partner, in few queries, in the order of their ids.

    A value that is a function is called with the number (from 0) of each conversion.
    """
    offer, partner = offer or make_offer(), partner or make_partner()
    event = overrides.pop("event", None) or offer.events.get(name=OfferEvent.BASE)

    def fields(n):
        return {k: v(n) if callable(v) else v for k, v in overrides.items()}

    with recorded():
        return Conversion.objects.bulk_create(
            [_built(offer, partner, event, **fields(n)) for n in range(count)],
            batch_size=2_000,
        )


def make_reason(code="fraud", text="Fraudulent", **fields):
    return Reason.objects.create(code=code, text=text, **fields)


def make_postback(partner, url="https://partner.test/told?c={change_id}", **fields):
    """A partner's postback for both statuses, active, without calling anybody."""
    fields = {"statuses": ["approved", "rejected"], **fields}
    return PartnerPostback.objects.create(partner=partner, url=url, **fields)


def make_postback_event(postback, conversion, **fields):
    """What a postback is to be told of a conversion as it is now; waiting, and due."""
    now = timezone.now()
    fields = {"created_on": now.date(), "due_at": now, "payout": conversion.payout, **fields}
    return PostbackEvent.objects.create(
        postback_id=postback.pk,
        conversion_id=conversion.pk,
        version=conversion.version,
        status=conversion.status,
        **fields,
    )


def make_csv(columns, *rows):
    """The bytes of a CSV: `columns` as "a,b", each row as a sequence of cells."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([columns.split(","), *rows])
    return out.getvalue().encode()


def verify_csv(actor, columns, *rows, name="statuses.csv"):
    """A status CSV, uploaded and verified by `actor`."""
    return status_csv.verify_csv(actor=actor, name=name, data=make_csv(columns, *rows))


def run_job(job):
    """Bring a job to its end in this process, as a worker would; answers it anew."""
    engine.advance(job.pk)
    return Job.objects.get(pk=job.pk)


def outcomes(job):
    """(outcome, code) of each of the job's rows, in the order of the file."""
    return list(job.rows.order_by("seq").values_list("outcome", "code"))
