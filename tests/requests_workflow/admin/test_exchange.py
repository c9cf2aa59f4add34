"""Files of requests: imported as a job, exported as they are filtered."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from convertr.jobs import services
from convertr.jobs.models import Job
from requests_workflow.models import ConversionRequest
from tests.factories import make_conversions, make_csv, run_job
from tests.requests_workflow.admin.kit import CSV, EXPORT, IMPORT, XLSX
from tests.requests_workflow.kit import make_change, make_create, processed, reject

pytestmark = pytest.mark.django_db


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
