"""Stored and reflected script: what anybody wrote makes no element, no attribute, no address."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import transaction
from django.utils.http import urlencode

from batches.models import Batch, Credential, Integration
from conversions.models import Conversion, PartnerPostback, PostbackEvent
from convertr.accounts.models import ApiKey, Role, User
from convertr.jobs.models import Job
from convertr.network.models import Advertiser, Campaign, Offer, Partner
from leads.models import CampaignField, Lead
from requests_workflow.models import Attachment, ConversionRequest
from tests.access.conftest import holding, people, things
from tests.access.table import ROWS
from tests.access.test_admin import addresses as admin_addresses
from tests.attack.html import PAYLOAD, Born, looked_at
from tests.attack.poison import poison
from tests.batches.conftest import kept_in

__all__ = ["holding", "kept_in", "people", "things"]
JS = Path("static/js")
# So many of each kind are looked at: pages differ by the state of what they show.
KINDS = {
    "job": (Job, 12), "request": (ConversionRequest, 6), "batch": (Batch, 4), "lead": (Lead, 4),
    "integration": (Integration, 4), "conversion": (Conversion, 4),
    "postback": (PartnerPostback, 2), "offer": (Offer, 1), "partner": (Partner, 1),
    "advertiser": (Advertiser, 1),
    "campaign": (Campaign, 2), "lead_field": (CampaignField, 1), "credential": (Credential, 1),
    "event": (PostbackEvent, 1), "file": (Attachment, 1), "key": (ApiKey, 1),
}  # fmt: skip
# Besides what a page's own forms send.
PARAMETERS = [
    "q", "sort", "page", "per_page", "f", "view", "columns", "from", "to", "format", "tab", "next",
    "act", "ids", "campaign", "status", "bucket", "after", "before", "cursor", "code", "outcome",
    "lead", "conversion", "text", "o", "p", "e", "_changelist_filters", "_popup", "timezone",
]  # fmt: skip


def pages():
    """The addresses of pages that are asked for, without those of allauth and the APIs' docs."""
    found = {path.partition("?")[0] for _name, method, path, _e in ROWS if method == "GET"}
    return sorted(path for path in found if not path.startswith(("/v1/", "/api/")))


def filled(path):
    """The address with the ids of what is there; several where there are several."""
    names = re.findall(r"\{(\w+)\}", path)
    if not names:
        return [path]
    if len(names) > 1 or names[0] not in KINDS:
        return []
    model, most = KINDS[names[0]]
    ids = model.objects.order_by("-pk").values_list("pk", flat=True)[:most]
    return [path.replace(f"{{{names[0]}}}", str(pk)) for pk in ids]


def of_admin():
    """Each page of the admin, of the newest object."""
    models = {f"{m._meta.app_label}/{m._meta.model_name}": m for m in _admins()}
    for path in admin_addresses():
        named = re.match(r"/admin/(\w+/\w+)/1/", path)
        if not named or named[1] not in models:
            yield path.replace("/r/1/1/", "/")
        elif newest := models[named[1]].objects.order_by("-pk").first():
            yield path.replace("/1/", f"/{newest.pk}/")


def _admins():
    from django.contrib import admin

    return admin.site._registry


def bad(client, paths):
    """(what is wrong by address, how many show the payload)."""
    wrong, shown = {}, 0
    for path in paths:
        with transaction.atomic():
            try:
                found, shows = looked_at(client.get(path))
            except Exception as error:
                found, shows = [repr(error)], False
            transaction.set_rollback(True)
        shown += shows
        if found:
            wrong[path] = found[:3]
    return wrong, shown


def test_what_is_stored_stays_text(db, sign_in):
    call_command("seed_demo", conversions=60, leads=40, verbosity=0)
    people = {role: User.objects.filter(role=role).order_by("pk")[0] for role in Role.values}
    # allauth has a row for each sign-in address: made anew for what it is then.
    EmailAddress.objects.all().delete()
    poisoned = poison()
    assert len(poisoned) > 60, poisoned
    asked = [address for path in pages() for address in filled(path)]

    for role, paths, least in [
        ("agency", asked, 60),
        ("partner", asked, 10),
        ("admin", list(of_admin()), 30),
    ]:
        wrong, shown = bad(sign_in(people[role]), paths)
        assert wrong == {}, role
        assert shown > least, (role, shown)


def test_what_is_asked_for_stays_text(things, sign_in, agency, admin_user, without_frame):
    """Everything that an address may say, and everything that a page's own forms send."""
    staff, root = sign_in(agency), sign_in(admin_user)
    asked = [path.format(**things) for path in pages() if "{others}" not in path]
    each = urlencode(dict.fromkeys(PARAMETERS, PAYLOAD))
    own = []
    for path in asked:
        page = staff.get(path)
        if page.get("Content-Type", "").startswith("text/html"):
            names = Born(page.content.decode()).names - {"csrfmiddlewaretoken"}
            own += [f"{path}?{urlencode(dict.fromkeys(names, PAYLOAD))}"] if names else []

    assert len(own) > 25
    assert bad(staff, [f"{path}?{each}" for path in asked])[0] == {}
    assert bad(staff, own)[0] == {}
    assert bad(root, [f"{path}?{each}" for path in of_admin()])[0] == {}


def test_addresses_that_lead_nowhere_stay_text(client, agency, sign_in):
    path = f"/{PAYLOAD.replace('/', '%2F')}"
    for one in (client, sign_in(agency)):
        for prefix in ("", "/v1", "/api/v4", "/v2", "/admin"):
            assert looked_at(one.get(prefix + path))[0] == [], prefix


@pytest.mark.parametrize("module", sorted(JS.rglob("*.js")), ids=lambda path: path.name)
def test_no_module_makes_html_or_code_of_a_text(module):
    made = r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"

    assert not re.search(made, module.read_text())
