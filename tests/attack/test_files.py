"""Uploads: hostile names stay texts, hostile workbooks are refused in flat memory, at all doors."""

import os
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.jobs.workbook import read_xlsx
from requests_workflow.evidence import safe_name
from requests_workflow.models import Attachment
from tests.access.conftest import holding, people, things
from tests.batches.conftest import kept_in
from tests.jobs.kit_workbook import packed, row, shared
from tests.jobs.test_workbook import HOSTILE

__all__ = ["holding", "kept_in", "people", "things"]
NAMES = [
    "../../etc/passwd.csv", "/etc/cron.d/x.csv", "..\\..\\boot.csv", "C:\\x.csv", "a\0b.csv",
    "a\r\nX-Evil: 1.csv", 'a"; filename="evil.exe.csv', "<xevil xevil=1>.csv", "\u202efdp.csv",
    ".htaccess.csv", "con.csv", "a" * 400 + ".csv", "..csv", "~/.ssh/x.csv", "%2e%2e%2fx.csv",
    "$(id).csv", "|id.csv", "a\u2028b.csv", "\U0001f600.csv", "-rf.csv",
]  # fmt: skip
MB = 1024**2
# Of a file that takes the most of what is allowed, twice.
MOST_MB = 90


def doors(things):
    """Where files come in: (address, what else is sent, name of the file's field)."""
    return [
        ("/v2/conversions/upload", {}, "file"),
        ("/v2/conversions/upload/amounts", {}, "file"),
        ("/v2/conversions/upload/locks", {"act": "lock"}, "file"),
        ("/v2/leads/import", {"campaign": things["campaign"]}, "file"),
        ("/v2/conversion-requests/import", {}, "file"),
        (f"/v2/conversion-requests/{things['request']}/comments", {"text": "x"}, "files"),
    ]


@pytest.fixture
def staff(agency, sign_in):
    return sign_in(agency)


def upload(client, path, fields, name_of_field, name):
    """As a hostile client would: Django's own takes the last part of a name only."""
    parts = [f'name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
    content = "conversion_id,status\n1,approved\n"
    parts.append(f'name="{name_of_field}"; filename="{name}"\r\n\r\n{content}')
    body = "".join(f"--x\r\nContent-Disposition: form-data; {part}\r\n" for part in parts)
    return client.generic("POST", path, f"{body}--x--\r\n", "multipart/form-data; boundary=x")


def test_a_name_of_a_file_is_a_text_at_every_door(things, staff, tmp_path):
    for path, fields, name_of_field in doors(things):
        for name in NAMES:
            answer = upload(staff, path, fields, name_of_field, name)
            assert answer.status_code < 500, (path, name)
            assert "X-Evil" not in answer
            assert b"<xevil" not in answer.content

    kept = [*Job.objects.exclude(input_name="").values_list("input_name", flat=True)]
    kept += Attachment.objects.values_list("name", flat=True)
    assert len(kept) > 40
    for name in kept:
        assert not re.search(r"[/\\\0\r\n]", name), name
        assert len(name) <= 255
    # In storage a name is ours, below its own folder.
    stored = [Path(root) / one for root, _folders, files in os.walk(tmp_path) for one in files]
    assert stored
    for path in stored:
        assert tmp_path in path.resolve().parents
        assert re.fullmatch(r"[\w.-]+", path.name), path


def test_a_download_has_the_name_of_a_file_and_no_header_of_it(things, staff):
    for name in NAMES:
        attachment = Attachment.objects.get(pk=things["file"])
        Attachment.objects.filter(pk=attachment.pk).update(name=safe_name(name) or "x")
        answer = staff.get(f"/v2/conversion-requests/{things['request']}/files/{attachment.pk}")
        disposition = answer["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert not re.search(r"[\r\n]|(?<!\\)\"; filename=\"", disposition)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        list(answer)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_read_in_flat_memory(name):
    make, code = HOSTILE[name]
    data = make()
    _forget_the_most()
    before = _memory("VmRSS")

    with pytest.raises(DomainError) as refused:
        read_xlsx(data, max_rows=10_000)

    assert refused.value.code == code
    assert (_memory("VmHWM") - before) / MB < MOST_MB


def test_a_hostile_workbook_is_refused_at_every_door(things, staff, admin_user, sign_in):
    """Never a 500, whoever reads it: the imports of leads and requests, the CSVs, the admin."""
    entities = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    bombs = [
        packed(row("<c/>"), texts=shared("<si/>" * 1_000_000)),
        packed(f"{entities}<worksheet><c>&c;</c></worksheet>"),
        b"PK\x03\x04" + b"\0" * 100,
    ]
    before = Job.objects.count()
    for data in bombs:
        for path, fields, name in doors(things):
            file = SimpleUploadedFile("leads.xlsx", data)
            answer = staff.post(path, {**fields, name: file})
            assert answer.status_code in (200, 302, 422), path
            assert b"root:" not in answer.content
    # What was refused as a whole is kept with why, and has changed nothing.
    late = Job.objects.order_by("pk")[before:]
    assert {job.state for job in late} <= {"refused", "draft"}

    root = sign_in(admin_user)
    for model in ("conversions/conversion", "requests_workflow/conversionrequest"):
        for data in bombs:
            file = SimpleUploadedFile("x.xlsx", data)
            for form in ("0", "1"):
                answer = root.post(f"/admin/{model}/import/", {"import_file": file, "format": form})
                assert answer.status_code in (200, 302), model


def _memory(what):
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024


def _forget_the_most():
    Path("/proc/self/clear_refs").write_text("5")
