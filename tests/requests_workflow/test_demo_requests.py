"""The demo's requests: of both types, in every status, discussed, with evidence."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from convertr.accounts.models import User
from convertr.demo.evidence import pdf, png
from requests_workflow import evidence
from requests_workflow.models import Attachment, Comment, ConversionRequest
from requests_workflow.services import processing


@pytest.fixture
def seeded(transactional_db, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }
    call_command("seed_demo", conversions=3_000, leads=0)


def test_all_there_is_to_look_at(seeded):
    requests = ConversionRequest.objects.all()

    statuses = Counter(requests.values_list("status", flat=True))
    assert 55 <= requests.count() <= 75
    assert {"inquired", "processed", "rejected", "failed"} <= set(statuses)
    assert min(statuses.values()) >= 2
    assert {"create", "change"} == set(requests.values_list("type", flat=True))
    people = set(requests.values_list("raised_by__email", flat=True))
    assert people == {"partner@demo.test", "partner2@demo.test", "agency@demo.test"}
    assert Comment.objects.filter(internal=True).exists()
    kinds = set(Attachment.objects.values_list("content_type", flat=True))
    assert kinds == {"application/pdf", "image/png"}

    fresh = requests.filter(raised_at__gte=timezone.now() - timedelta(days=14)).count()
    assert 20 <= fresh < requests.count()
    assert not requests.filter(raised_at__gt=timezone.now()).exists()

    # A second time nothing more, and nothing waits for a worker.
    before = requests.count(), Comment.objects.count()
    call_command("seed_demo", conversions=3_000, leads=0)
    assert (requests.count(), Comment.objects.count()) == before
    assert processing.process() == 0


def test_what_demo_people_may(db):
    call_command("seed_demo", conversions=1, leads=0)

    partner = User.objects.get(email="partner@demo.test")
    for name in ("raise_create_request", "raise_change_request"):
        assert partner.has_perm(f"requests_workflow.{name}")
    assert partner.has_perm("jobs.import_data")
    assert partner.has_perm("conversions.manage_postbacks")
    for person in User.objects.all():
        assert not person.has_perm("requests_workflow.decide_own_request")
    assert not ConversionRequest.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("x.pdf", pdf("Order"), "application/pdf"), ("x.png", png(8, 6), "image/png")],
)
def test_evidence_is_what_it_says(name, content, kind):
    assert evidence.checked(SimpleUploadedFile(name, content)).content_type == kind
