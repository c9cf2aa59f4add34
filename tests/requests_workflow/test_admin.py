"""Requests in the Django admin: looked at, discussed and decided through the same services."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conversions.models import Conversion
from convertr.accounts.models import Role
from convertr.accounts.permissions import grant
from convertr.jobs import services
from convertr.jobs.models import Job
from requests_workflow import rules
from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import discussing, processing
from tests.factories import make_conversion, make_conversions, make_csv, make_user, run_job
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed, reject
from tests.requests_workflow.kit_pages import PDF

LIST = reverse("admin:requests_workflow_conversionrequest_changelist")
IMPORT = reverse("admin:requests_workflow_conversionrequest_import")
EXPORT = reverse("admin:requests_workflow_conversionrequest_export")
CSV, XLSX = "0", "1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner)


@pytest.fixture
def asked(raiser, conversion):
    """A partner's request for an approval."""
    return make_change(raiser, conversion)


def page_of(request):
    return reverse("admin:requests_workflow_conversionrequest_change", args=[request.pk])


def choose(client, requests, act="accept", query=""):
    """The action as chosen in the list: the page that asks first."""
    chosen = [request.pk for request in requests]
    url = f"{LIST}?{query}" if query else LIST
    return client.post(url, {"action": f"{act}_selected", "_selected_action": chosen})


def confirm(client, requests, act="accept", **data):
    """That page's form, sent; the versions are those that the requests have, unless given."""
    versions = {f"version_{r.pk}": again(r).version for r in requests}
    chosen = [request.pk for request in requests]
    fields = {"action": f"{act}_selected", "_selected_action": chosen, "confirmed": "1"}
    return client.post(LIST, {**fields, **versions, **data})


class TestList:
    def test_filters_badges_and_dates(self, admin, admin_user, asked, raiser, offer, partner):
        rejected = make_create(raiser, offer, partner, order_id="o-1")
        reject(admin_user, rejected)

        page = admin.get(LIST, {"status": "rejected"})

        assert [r.pk for r in page.context["cl"].result_list] == [rejected.pk]
        assert "bg-red-100" in page.text
        year = asked.raised_at.year
        found = admin.get(LIST, {"raised_at__year": year, "type": "change"})
        assert [r.pk for r in found.context["cl"].result_list] == [asked.pk]

    def test_finds_by_any_whole_id(self, admin, asked, raiser, offer, partner):
        conversion = make_conversion(offer=offer, partner=partner, order_id="A-7", request_id="R-7")
        wanted = make_change(raiser, conversion)
        created = make_create(raiser, offer, partner, order_id="B-8")

        for text, request in [
            (wanted.pk, wanted), ("A-7", wanted), ("R-7", wanted), (conversion.uuid, wanted),
            ("B-8", created),
        ]:  # fmt: skip
            found = admin.get(LIST, {"q": str(text)}).context["cl"].queryset
            assert request in found, text
            assert asked not in found or str(text) == str(conversion.pk), text
        assert not admin.get(LIST, {"q": "nothing"}).context["cl"].queryset.exists()

    def test_as_many_queries_for_many(
        self, admin, raiser, offer, partner, django_assert_max_num_queries
    ):
        for conversion in make_conversions(30, offer=offer, partner=partner):
            make_change(raiser, conversion)

        with django_assert_max_num_queries(20):
            assert len(admin.get(LIST).context["cl"].result_list) == 30

    def test_nobody_but_admins(self, sign_in, agency, raiser, asked):
        for person in (agency, raiser):
            client = sign_in(person)
            for url in (LIST, page_of(asked)):
                assert client.get(url, follow=True).status_code == 403
            assert confirm(client, [asked]).status_code in (302, 403)
        assert again(asked).status == "inquired"


class TestPage:
    def test_what_it_shows(self, admin, admin_user, raiser, conversion):
        request = make_change(raiser, conversion, payout="9", sub1="<b>x</b>")
        discussing.comment(
            actor=raiser,
            request=request,
            text="Look",
            files=[SimpleUploadedFile("evidence.pdf", PDF)],
        )
        processed(admin_user, request)

        text = admin.get(page_of(request)).text

        assert "Processed" in text
        assert "payout: 4.00" in re.sub(r"<[^>]*>", "", text)
        assert "&lt;b&gt;x&lt;/b&gt;" in text
        assert "Look" in text
        file = request.attachments.get()
        assert reverse("requests:attachment", args=[request.pk, file.pk]) in text
        assert "Accepted" in text

    def test_no_field_can_be_edited(self, admin, asked):
        form = admin.get(page_of(asked)).context["adminform"].form
        assert list(form.fields) == []

        data = {"status": "processed", "version": 9, "decision_reason": "x"}
        for prefix in ("comments", "attachments", "events"):
            data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
        admin.post(page_of(asked), data)

        now = again(asked)
        assert (now.status, now.version, now.decision_reason) == ("inquired", 1, "")

    def test_none_is_added_or_deleted_here(self, admin, asked):
        add = reverse("admin:requests_workflow_conversionrequest_add")
        delete = reverse("admin:requests_workflow_conversionrequest_delete", args=[asked.pk])

        assert admin.get(add).status_code == 403
        assert admin.post(delete, {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [asked.pk], "post": "yes"}
        admin.post(LIST, chosen)
        assert ConversionRequest.objects.filter(pk=asked.pk).exists()

    def say(self, admin, request, text, **more):
        data = {"comments-TOTAL_FORMS": 1, "comments-INITIAL_FORMS": 0, "comments-0-text": text}
        data |= {f"comments-0-{name}": value for name, value in more.items()}
        for prefix in ("attachments", "events"):
            data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
        return admin.post(page_of(request), data, follow=True)

    def test_a_comment_is_added_and_told(self, admin, admin_user, raiser, asked):
        self.say(admin, asked, "Which order was it?")

        comment = Comment.objects.get()
        assert (comment.text, comment.author, comment.internal, comment.request) == (
            "Which order was it?", admin_user, False, asked,
        )  # fmt: skip
        assert raiser.notifications.count() == 1

    def test_an_internal_one_is_the_agencys(self, admin, raiser, asked):
        self.say(admin, asked, "Between us", internal="on")

        assert Comment.objects.get().internal
        assert not raiser.notifications.exists()

    def test_what_was_said_stays(self, admin, raiser, asked):
        said = discussing.comment(actor=raiser, request=asked, text="Look")
        data = {
            "comments-TOTAL_FORMS": 1, "comments-INITIAL_FORMS": 1, "comments-0-id": said.pk,
            "comments-0-request": asked.pk, "comments-0-text": "Changed", "comments-0-DELETE": "on",
        }  # fmt: skip
        for prefix in ("attachments", "events"):
            data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
        admin.post(page_of(asked), data)

        assert Comment.objects.get().text == "Look"


class TestDecide:
    def test_it_asks_first(self, admin, asked):
        page = choose(admin, [asked])

        assert page.status_code == 200
        assert f'name="version_{asked.pk}" value="1"' in page.text
        assert again(asked).status == "inquired"

    def test_accepted_and_processed(self, admin, admin_user, asked):
        answer = confirm(admin, [asked])
        processing.process()

        assert (answer.status_code, answer.url) == (302, LIST)
        now = again(asked)
        assert (now.status, now.decided_by) == ("processed", admin_user)
        assert Conversion.objects.get(pk=asked.conversion_id).status == "approved"
        event = now.events.get(status="accepted")
        assert event.pgh_context.metadata["channel"] == "admin"

    def test_rejected_with_a_reason(self, admin, asked):
        page = confirm(admin, [asked], "reject", reason=" ")
        assert page.status_code == 200
        assert "reason" in page.text
        assert again(asked).status == "inquired"

        assert confirm(admin, [asked], "reject", reason="No such sale").status_code == 302
        assert again(asked).decision_reason == "No such sale"

    def test_back_to_where_one_was(self, admin, asked):
        page = choose(admin, [asked], query="status__exact=inquired")
        assert 'name="back" value="status__exact=inquired"' in page.text

        answer = confirm(admin, [asked], back="status__exact=inquired")
        assert answer.url == f"{LIST}?status__exact=inquired"

    def test_a_way_back_leads_nowhere_else(self, admin, asked):
        answer = confirm(admin, [asked], back="//evil.test/?x=1\r\nX: y")

        assert answer.url.startswith(f"{LIST}?")

    def test_four_eyes(self, admin, admin_user, asked, offer, partner):
        own = make_create(admin_user, offer, partner, order_id="o-1")

        page = confirm(admin, [own, asked])

        assert page.status_code == 200
        assert "your own request" in page.text
        assert (again(own).status, again(asked).status) == ("inquired", "accepted")
        assert confirm(admin, [own], "reject", reason="No").status_code == 200
        assert again(own).status == "inquired"

        grant(admin_user, [rules.DECIDE_OWN])
        assert confirm(admin, [own]).status_code == 302

    def test_who_was_second_is_told(self, admin, agency, asked):
        accept(agency, asked)

        page = confirm(admin, [asked], "reject", reason="No", **{f"version_{asked.pk}": 1})

        assert page.status_code == 200
        assert "somebody else has changed it" in page.text
        assert again(asked).decided_by == agency

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
    def test_no_version_decides_nothing(self, admin, asked, version):
        assert confirm(admin, [asked], **{f"version_{asked.pk}": version}).status_code == 200
        assert again(asked).status == "inquired"

    def test_what_is_decided_stays_so(self, admin, agency, asked):
        processed(agency, asked)

        for act in ("accept", "reject", "retry"):
            assert confirm(admin, [asked], act, reason="No").status_code == 200
        assert again(asked).status == "processed"

    def test_a_conflict_is_shown_and_accepted_on_demand(self, admin, raiser, conversion):
        request = make_change(raiser, conversion, payout="9")
        Conversion.objects.filter(pk=conversion.pk).update(payout=7)

        assert "has changed since" in choose(admin, [request]).text
        assert confirm(admin, [request]).status_code == 200
        assert again(request).status == "inquired"
        assert confirm(admin, [request], anyway="1").status_code == 200
        page = choose(admin, [request]).text
        [seen] = re.findall(rf'name="conflict_{request.pk}" value="(\w+)"', page)
        told = {"anyway": "1", f"conflict_{request.pk}": seen}
        assert confirm(admin, [request], **told).status_code == 302
        assert again(request).status == "accepted"

    def test_a_duplicate_is_refused(self, admin, raiser, offer, partner):
        there = make_conversion(offer=offer, partner=partner, order_id="o-1")
        request = make_create(raiser, offer, partner, order_id="o-1")

        assert str(there.pk) in confirm(admin, [request], anyway="1").text
        assert again(request).status == "inquired"

    def test_a_failed_one_is_tried_again(self, admin, asked, agency):
        accept(agency, asked)
        ConversionRequest.objects.filter(pk=asked.pk).update(
            status="failed", failure_code="request_failed"
        )

        assert confirm(admin, [asked], "retry").status_code == 302
        processing.process()
        assert again(asked).status == "processed"

    def test_many_go_by_the_explorer(self, admin, raiser, offer, partner, monkeypatch):
        monkeypatch.setattr("requests_workflow.admin_deciding.MOST", 2)
        made = [make_create(raiser, offer, partner, order_id=f"o-{n}") for n in range(3)]

        answer = choose(admin, made)

        assert answer.status_code == 302
        assert "At most 2" in admin.get(LIST).text

    def test_an_administrator_that_is_new_decides_too(self, sign_in, asked):
        other = make_user(role=Role.ADMIN)
        assert not other.is_superuser

        assert confirm(sign_in(other), [asked]).status_code == 302
        assert again(asked).decided_by == other


class TestExchange:
    def upload(self, client, data, form=CSV, name="requests.csv"):
        file = SimpleUploadedFile(name, data)
        return client.post(IMPORT, {"import_file": file, "format": form, "resource": ""})

    def exported(self, admin, form=CSV, query=""):
        answer = admin.post(f"{EXPORT}?{query}", {"format": form, "resource": ""})
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
        return answer.content

    @pytest.mark.parametrize("form", [CSV, XLSX])
    def test_what_is_exported_can_be_imported(
        self, admin, agency, raiser, asked, offer, partner, form
    ):
        reject(agency, make_create(raiser, offer, partner, order_id="=1+1"), "No, not this")
        processed(agency, make_create(raiser, offer, partner, order_id="o-2", payout="9.5"))

        answer = self.upload(admin, self.exported(admin, form), form)

        job = Job.objects.get()
        assert answer.url == job.get_absolute_url()
        assert (job.kind, job.counts) == ("requests.import", {"unchanged": 3})

    def test_an_import_is_a_job_of_the_same_kind(self, admin, admin_user, offer, partner):
        data = make_csv(
            "request_type,offer_id,partner_id,order_id", ("CREATE", offer.pk, partner.pk, "o-9")
        )

        self.upload(admin, data)

        job = Job.objects.get()
        assert (job.state, job.counts) == ("verified", {"ready": 1})
        assert not ConversionRequest.objects.exists()
        run_job(services.confirm(actor=admin_user, job=job, data={}))
        assert ConversionRequest.objects.get().raised_by == admin_user

    def test_the_export_has_what_is_filtered(self, admin, agency, asked, raiser, offer, partner):
        rejected = make_create(raiser, offer, partner, order_id="=1+1")
        reject(agency, rejected)

        text = self.exported(admin, query="status__exact=rejected").decode("utf-8-sig")

        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["conversion_request_id"] for row in rows] == [str(rejected.pk)]
        assert rows[0]["order_id"] == "'=1+1"

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"request_type\nCREATE\n", "offer_id"),
            (b"colour,request_type,offer_id\nx,CREATE,1\n", "colour"),
            (b"PK\x03\x04rubbish", ""),
            (b"\x89PNG\r\n\x1a\n", ""),
            (b"request_type,offer_id\nCREATE,\x00\n", "NUL"),
        ],
    )
    def test_a_file_that_cant_be_read_is_refused(self, admin, data, text):
        answer = self.upload(admin, data)

        assert (answer.status_code, answer.url) == (302, IMPORT)
        assert text in admin.get(IMPORT).text
        assert not ConversionRequest.objects.exists()
        assert not Job.objects.filter(state="verified").exists()

    def test_without_a_file_the_form_says_so(self, admin):
        answer = admin.post(IMPORT, {"format": CSV, "resource": ""})

        assert answer.status_code == 200
        assert answer.context["form"].errors

    def test_a_file_over_the_limit_is_refused(self, admin, settings):
        settings.UPLOAD_MAX_BYTES = 100

        self.upload(admin, b"request_type,offer_id\n" + b"CREATE,1\n" * 100)

        assert "Split the file" in admin.get(IMPORT).text
        assert not Job.objects.exists()

    def test_the_librarys_second_step_does_nothing(self, admin):
        url = reverse("admin:requests_workflow_conversionrequest_process_import")

        assert admin.post(url, {"import_file_name": "x", "format": CSV}).status_code == 302
        assert not Job.objects.exists()

    def test_too_many_go_by_the_requests_page(self, admin, asked, raiser, offer, partner, settings):
        settings.EXPORT_AS_JOB_OVER = 1
        make_create(raiser, offer, partner, order_id="o-1")

        answer = admin.post(EXPORT, {"format": CSV, "resource": ""}, follow=True)

        assert "from the requests page" in answer.text

    def test_as_many_queries_for_many(
        self, admin, raiser, offer, partner, django_assert_max_num_queries
    ):
        for conversion in make_conversions(30, offer=offer, partner=partner):
            make_change(raiser, conversion)

        with django_assert_max_num_queries(15):
            self.exported(admin)
