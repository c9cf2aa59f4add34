"""A request's page: all of it to be read, nothing but a comment to be added."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from requests_workflow.models import Comment, ConversionRequest
from requests_workflow.services import discussing
from tests.requests_workflow.admin.kit import LIST, page_of
from tests.requests_workflow.kit import again, make_change, processed
from tests.requests_workflow.kit_pages import PDF

pytestmark = pytest.mark.django_db


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
