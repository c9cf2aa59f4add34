"""Evidence: what a file is by its content, under which name it is kept, how it comes back."""

import pytest

from convertr.errors import DomainError
from requests_workflow.evidence import checked
from requests_workflow.models import Attachment
from requests_workflow.services import discussing
from tests.factories import make_conversion
from tests.requests_workflow.kit import make_change
from tests.requests_workflow.kit_pages import JPEG, PDF, PNG, file, url

SCRIPT = b"<html><script>alert(document.domain)</script></html>"


@pytest.mark.parametrize(
    ("name", "content", "kept", "content_type"),
    [
        ("a.pdf", PDF, "a.pdf", "application/pdf"),
        ("a.PNG", PNG, "a.PNG", "image/png"),
        ("a.jpeg", JPEG, "a.jpeg", "image/jpeg"),
        ("a.csv", b"id,note\n1,\xc3\xa9\n", "a.csv", "text/csv; charset=utf-8"),
        ("a.txt", b"\xef\xbb\xbfhello", "a.txt", "text/plain; charset=utf-8"),
        ("a.txt", "grüße".encode("utf-16"), "a.txt", "text/plain; charset=utf-16"),
        # What it is decides, not what it is called.
        ("a.html", PDF, "a.html.pdf", "application/pdf"),
        ("a.txt", PNG, "a.txt.png", "image/png"),
        ("", JPEG, "evidence.jpg", "image/jpeg"),
        # Two types at once: kept as the first, and it only ever comes back as a download.
        ("a.pdf", PDF + SCRIPT, "a.pdf", "application/pdf"),
        ("a.txt", SCRIPT, "a.txt", "text/plain; charset=utf-8"),
    ],
)
def test_it_is_what_its_content_says(name, content, kept, content_type):
    upload = file("x", content, "text/html")
    upload._name = name
    found = checked(upload)
    assert (found.name, found.content_type) == (kept, content_type)
    assert upload.read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", SCRIPT),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.pdf", SCRIPT),
        ("a.png", b"GIF89a"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.exe", b"MZ\x90\x00"),
        ("a.txt", b"\xff\xfe\x00"),
        ("a.csv", b"a,b\0c"),
        ("a.csv", b"caf\xe9"),
        ("a", b"text without an ending"),
        ("a.pdf", b" " + PDF),
    ],
)
def test_anything_else_is_refused(name, content):
    with pytest.raises(DomainError) as refused:
        checked(file(name, content, "application/pdf"))
    assert refused.value.code == "evidence_type"


def test_an_empty_and_a_large_file_are_refused(settings):
    settings.REQUEST_EVIDENCE_MAX_BYTES = len(PDF)
    assert checked(file()).content_type == "application/pdf"
    for content, code in ((PDF + b" ", "evidence_too_large"), (b"", "evidence_empty")):
        with pytest.raises(DomainError) as refused:
            checked(file("a.pdf", content))
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\fakepath\\proof.pdf", "proof.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("proof\u202efdp.pdf", "prooffdp.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("é“x”;.pdf", "é“x”;.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        (" .. ", "evidence.pdf"),
    ],
)
def test_names_are_made_harmless(name, kept):
    upload = file()
    upload._name = name
    assert checked(upload).name == kept


# --- coming back ---


@pytest.fixture
def attached(raiser, partner):
    asked = make_change(raiser, make_conversion(partner=partner))

    def attach(actor=raiser, *, internal=False, **fields):
        said = discussing.comment(
            actor=actor, request=asked, text="", internal=internal, files=[file(**fields)]
        )
        return said.attachments.get()

    return attach


def address(attachment):
    return url(attachment.request, f"files/{attachment.pk}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", PDF + SCRIPT), ("a.txt", SCRIPT), ('na"me; é.csv', b"=1+1"), ("a.png", PNG)],
)
def test_it_comes_back_as_a_download_that_never_runs(attached, agency, sign_in, name, content):
    attachment = attached(name=name, content=content)
    answer = sign_in(agency).get(address(attachment))
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Type"] == attachment.content_type
    assert "html" not in answer["Content-Type"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_the_stored_file_has_nothing_of_its_name(attached):
    attachment = attached(name="../../x.html.pdf")
    assert "x.html" not in attachment.file.name
    assert attachment.file.name.startswith(f"requests/{attachment.request_id}/")


@pytest.mark.django_db
def test_who_may_read_the_comment_may_have_it(
    attached, agency, agency2, raiser, other_raiser, partner_user, admin_user, sign_in, client
):
    public, internal = attached(), attached(agency, internal=True)
    for person, expected in (
        (agency, (200, 200)), (agency2, (200, 200)), (admin_user, (200, 200)),
        (raiser, (200, 404)), (partner_user, (200, 404)), (other_raiser, (404, 404)),
    ):  # fmt: skip
        answers = [sign_in(person).get(address(one)) for one in (public, internal)]
        assert tuple(answer.status_code for answer in answers) == expected, person
        # A file is closed when it was read.
        assert [b"".join(a.streaming_content) for a in answers if a.streaming] == [PDF] * (
            expected.count(200)
        )
    assert client.get(address(public)).status_code == 302


@pytest.mark.django_db
def test_it_is_reached_through_its_own_request_only(attached, agency, raiser, partner, sign_in):
    attachment = attached()
    other = make_change(raiser, make_conversion(partner=partner))
    client = sign_in(agency)
    for path in (url(other, f"files/{attachment.pk}"), url(other, "files/999999"),
                 url(attachment.request, f"files/{10**30}")):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert client.post(address(attachment)).status_code == 405


@pytest.mark.django_db
def test_a_file_that_storage_has_lost_is_not_there(attached, agency, sign_in):
    attachment = attached()
    Attachment.objects.filter(pk=attachment.pk).update(file="requests/0/gone")
    assert sign_in(agency).get(address(attachment)).status_code == 404
