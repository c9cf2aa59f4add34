"""The discussion on a request's page: who reads and says what, with which evidence."""

import pytest

from convertr.ui.models import Notification
from requests_workflow.models import Attachment, Comment
from requests_workflow.services.notifying import deciders
from tests.factories import make_conversion, make_user
from tests.requests_workflow.kit import make_change
from tests.requests_workflow.kit_pages import PANEL, PDF, PNG, file, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(raiser, partner):
    return make_change(raiser, make_conversion(partner=partner))


def say(client, request, text="", **more):
    return client.post(url(request, "comments"), {"text": text, **more}, headers=PANEL)


def read(client, request):
    answer = client.get(url(request), headers=PANEL)
    assert answer.status_code == 200
    return answer.text


def test_both_sides_speak_and_read_each_other(agency, raiser, sign_in, asked):
    partners, agencys = sign_in(raiser), sign_in(agency)
    assert say(partners, asked, "The shop confirms it").status_code == 200
    assert say(agencys, asked, "Which order?\n<b>Please</b>").status_code == 200
    for client, author in ((partners, "The network"), (agencys, "Ada Agency")):
        page = read(client, asked)
        for words in ("The shop confirms it", "Rosa Raiser", "Which order?",
                      "&lt;b&gt;Please&lt;/b&gt;", author):  # fmt: skip
            assert words in page, words
    assert "Ada Agency" not in read(partners, asked)


def test_an_internal_comment_is_the_agencys(agency, agency2, raiser, sign_in, asked):
    say(sign_in(agency), asked, "Looks odd", internal="on", files=file("secret.pdf"))
    page = read(sign_in(agency2), asked)
    for words in ("Looks odd", "Internal", "secret.pdf"):
        assert words in page
    partners = read(sign_in(raiser), asked)
    for words in ("Looks odd", "Internal", "secret.pdf", "Ada Agency"):
        assert words not in partners


def test_a_partner_says_nothing_internal(raiser, sign_in, asked):
    assert say(sign_in(raiser), asked, "Mine", internal="on").status_code == 403
    assert not Comment.objects.exists()


def test_files_come_with_a_comment_or_alone(raiser, sign_in, asked):
    client = sign_in(raiser)
    say(client, asked, "", files=[file("a.pdf"), file("b.png", PNG)])
    said = Comment.objects.get()
    assert said.text == ""
    kinds = list(said.attachments.values_list("name", "content_type", "size"))
    assert kinds == [("a.pdf", "application/pdf", len(PDF)), ("b.png", "image/png", len(PNG))]
    page = read(client, asked)
    for attachment in said.attachments.all():
        assert url(asked, f"files/{attachment.pk}") in page


def test_what_was_sent_leaves_the_field_empty(raiser, sign_in, asked):
    answer = say(sign_in(raiser), asked, "Sent words")
    assert "hx-preserve" not in answer.text.split("</textarea>")[0].rpartition("<textarea")[2]
    assert "></textarea>" in answer.text
    assert 'data-chosen="discussion"' in answer.text
    assert "toast" in answer["HX-Trigger"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "  "}, "Write a comment, or choose a file."),
        ({"text": "x" * 5_001}, "at most 5,000"),
        ({"text": "x\0"}, "characters that can&#x27;t be stored"),
        ({"text": "See", "files": ("a.html", b"<script>")}, "Attach a PDF"),
        ({"text": "See", "files": ("a.pdf", b"")}, "The file is empty"),
        ({"text": "See", "files": ("a.pdf", PDF * 10)}, "at most"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    raiser, sign_in, asked, fields, told, settings
):
    settings.REQUEST_EVIDENCE_MAX_BYTES = len(PDF) * 9
    more = {"files": file(*fields["files"])} if "files" in fields else {}
    answer = say(sign_in(raiser), asked, fields["text"], **more)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text
    assert not Comment.objects.exists()
    assert not Attachment.objects.exists()
    if fields["text"] == "See":
        assert ">See</textarea>" in answer.text


def test_an_upload_over_the_limit_is_refused(raiser, sign_in, asked, settings):
    settings.UPLOAD_MAX_BYTES = 10
    answer = say(sign_in(raiser), asked, "See", files=file())
    assert answer.status_code == 422
    assert "A file may have at most 10 MB" in answer.text
    assert not Attachment.objects.exists()


def test_more_files_than_fit_are_refused(raiser, sign_in, asked):
    answer = say(sign_in(raiser), asked, "See", files=[file(f"{n}.pdf") for n in range(6)])
    assert answer.status_code == 422
    assert "Choose at most 5 files." in answer.text


def test_who_only_reads_has_no_form(agency2, partner_user, sign_in, asked):
    for person in (agency2, partner_user):
        client = sign_in(person)
        assert "<textarea" not in read(client, asked)
        assert say(client, asked, "May I?").status_code == 403
    assert not Comment.objects.exists()


def test_strangers_bad_ids_and_methods(raiser, other_raiser, sign_in, asked, client):
    assert say(sign_in(other_raiser), asked, "Let me in").status_code == 404
    mine = sign_in(raiser)
    assert mine.post("/v2/conversion-requests/999999/comments").status_code == 404
    assert mine.post(f"/v2/conversion-requests/{10**30}/comments").status_code == 404
    assert mine.get(url(asked, "comments")).status_code == 405
    assert client.post(url(asked, "comments")).status_code == 302
    assert not Comment.objects.exists()


def test_without_htmx_one_is_led_back_to_the_page(raiser, sign_in, asked):
    answer = sign_in(raiser).post(url(asked, "comments"), {"text": "Hello"}, follow=True)
    assert answer.redirect_chain == [(url(asked), 302)]
    assert "Hello" in answer.text


def test_a_colleague_of_the_partner_takes_part(partner, raiser, sign_in, asked):
    colleague = make_user(
        role="partner", partner=partner, full_name="Carl Colleague",
        permissions=["requests_workflow.raise_change_request"],
    )  # fmt: skip
    assert say(sign_in(colleague), asked, "I have the receipt").status_code == 200
    assert "Carl Colleague" in read(sign_in(raiser), asked)


def test_a_first_comment_rings_for_those_who_decide_in_one_query(
    agency, agency2, admin_user, raiser, sign_in, asked, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert set(deciders()) == {agency, admin_user}
    say(sign_in(raiser), asked, "Anybody?")

    told = Notification.objects.filter(kind="request_comment").values_list("user", flat=True)
    assert set(told) == {agency.pk, admin_user.pk}


def test_files_that_are_too_large_together_say_so(raiser, sign_in, asked, settings):
    settings.UPLOAD_MAX_BYTES = 3_000
    files = [file(f"{n}.pdf", PDF + b"x" * 1_500) for n in range(3)]

    answer = say(sign_in(raiser), asked, "All of them", files=files)

    assert answer.status_code == 422
    assert "all together" in answer.text
    assert not Attachment.objects.exists()
