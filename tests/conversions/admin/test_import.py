"""Importing conversions from CSV and XLSX."""

import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversions.models import Conversion, ConversionEvent
from convertr.audit.models import Entry
from tests.conversions.admin.kit import CSV, IMPORT, PROCESS, XLSX, a_csv, a_workbook, with_sheet
from tests.factories import (
    make_conversion,
    make_event,
    make_partner,
    make_reason,
)


class TestImport:
    def upload(self, admin, data, form=CSV, name="conversions.csv"):
        """What the import page answers to a file: its whole text."""
        file = SimpleUploadedFile(name, data)
        answer = admin.post(IMPORT, {"import_file": file, "format": form, "resource": ""})
        assert answer.status_code == 200
        return answer

    def confirm(self, admin, preview):
        initial = preview.context["confirm_form"].initial
        return admin.post(PROCESS, initial, follow=True)

    def row(self, offer, n=1, **cells):
        return {
            "offer_id": offer.pk,
            "partner_id": offer.partners.first().pk,
            "request_id": f"R-{n}",
            **cells,
        }

    @pytest.mark.parametrize(("make", "form"), [(a_csv, CSV), (a_workbook, XLSX)])
    def test_rows_become_conversions(self, admin, offer, make, form):
        make_reason("fraud")
        rows = [
            self.row(
                offer,
                1,
                status="APPROVED",
                sale_amount="99.99",
                converted_at="2026-01-02 03:04",
                sub1="=1+1",
                reason="",
                note="a note",
            ),
            self.row(
                offer,
                2,
                status="rejected",
                sale_amount="",
                converted_at="2026-01-02T03:04:05+02:00",
                sub1="",
                reason="fraud",
                note="",
            ),
        ]

        preview = self.upload(admin, make(rows), form)
        assert not Conversion.objects.exists()
        done = self.confirm(admin, preview)

        assert "2 new" in done.content.decode()
        first, second = Conversion.objects.order_by("id")
        assert (first.status, first.payout, first.revenue) == (
            "approved",
            Decimal("9.9990"),
            Decimal("19.9980"),
        )
        assert (first.payout_percent, first.sub1, first.note) == (10, "=1+1", "a note")
        assert first.converted_at.isoformat() == "2026-01-02T03:04:00+00:00"
        assert (second.status, second.reason_code, second.payout) == ("rejected", "fraud", 0)
        assert second.converted_at.isoformat() == "2026-01-02T01:04:05+00:00"

    def test_history_and_audit_say_who(self, admin, admin_user, offer):
        self.confirm(admin, self.upload(admin, a_csv([self.row(offer)])))

        metadata = ConversionEvent.objects.get().pgh_context.metadata
        assert (metadata["actor_id"], metadata["channel"]) == (admin_user.pk, "admin")
        assert Entry.objects.get(action="conversion.imported").details == {"count": 1}

    def test_given_amounts_win_zero_too(self, admin, offer):
        row = self.row(offer, sale_amount="100", payout="0", revenue="7.5")

        self.confirm(admin, self.upload(admin, a_csv([row])))

        conversion = Conversion.objects.get()
        assert (conversion.payout, conversion.revenue) == (0, Decimal("7.5"))

    def test_a_cell_that_our_export_quoted_comes_back_as_it_was(self, admin, offer):
        self.confirm(admin, self.upload(admin, a_csv([self.row(offer, sub1="'=1+1")])))

        assert Conversion.objects.get().sub1 == "=1+1"

    @pytest.mark.parametrize(
        ("cells", "text"),
        [
            ({"offer_id": "999999"}, "No offer has this ID."),
            ({"offer_id": "x"}, "No offer has this ID."),
            ({"partner_id": "999999"}, "No partner has this ID."),
            ({"event": "Nothing"}, "no event with this name"),
            ({"request_id": ""}, "Give the advertiser"),
            ({"request_id": "x" * 256}, "At most 255 characters."),
            ({"status": "perhaps"}, "Write one of"),
            ({"sale_amount": "1,5"}, "Write a number such as 1.5"),
            ({"payout": "-1"}, "Write a number such as 1.5"),
            ({"converted_at": "yesterday"}, "Write a time such as"),
            ({"converted_at": "2026-02-30"}, "Write a time such as"),
            ({"reason": "because"}, "not in the catalogue"),
            ({"ip": "300.1.1.1"}, "Write an IP address"),
            ({"sale_amount": "999999999999", "event": "Huge"}, "too large"),
        ],
    )
    def test_what_is_wrong_with_a_row_is_told(self, admin, offer, cells, text):
        make_event(offer, "Huge", payout_percent=200)

        answer = self.upload(admin, a_csv([{**self.row(offer), **cells}, self.row(offer, 2)]))

        assert text in answer.content.decode()
        assert "confirm_form" not in answer.context
        assert not Conversion.objects.exists()

    def test_a_partner_that_doesnt_run_the_offer(self, admin, offer):
        row = self.row(offer, partner_id=make_partner().pk)

        assert "run the offer" in self.upload(admin, a_csv([row])).content.decode()

    def test_request_ids_stay_unique(self, admin, offer):
        make_conversion(offer=offer, request_id="R-1")
        rows = [self.row(offer, n) for n in (1, 2, 2)]

        shown = self.upload(admin, a_csv(rows)).content.decode()

        assert "has a conversion with this ID already" in shown
        assert "The same as in line 3." in shown

    def test_all_errors_of_a_row_are_told_at_once(self, admin, offer):
        row = self.row(offer, status="x", sale_amount="x", offer_id="x")

        shown = self.upload(admin, a_csv([row])).content.decode()

        for text in ("No offer has this ID.", "Write one of", "Write a number"):
            assert text in shown

    @pytest.mark.parametrize(
        ("data", "form", "text"),
        [
            (b"", CSV, "empty"),
            (b"offer_id,partner_id,request_id\n", CSV, "no row"),
            (b"offer_id,request_id\n1,2\n", CSV, "Missing in the header: partner_id."),
            (b"offer_id,partner_id,request_id,colour\n1,2,3,4\n", CSV, "Unknown column: colour."),
            (b"offer_id,partner_id,request_id,request_id\n1,2,3,4\n", CSV, "Twice in the header"),
            (b"offer_id,partner_id,request_id,\n1,2,3,4\n", CSV, "a column without a name"),
            (b"offer_id;partner_id;request_id\n1;2;3\n", CSV, "Unknown column"),
            (b"offer_id,partner_id,request_id\n\xff\xfe,2,3\n", CSV, "not UTF-8"),
            (b"offer_id,partner_id,request_id\n1,\x002,3\n", CSV, "NUL"),
            (b'offer_id,partner_id,request_id\n1,"2,3\n', CSV, "quotation mark"),
            (b"PK\x03\x04rubbish", CSV, "another kind"),
            (b"\x89PNG\r\n\x1a\n", CSV, "another kind"),
            (b"<html>\n</html>", CSV, "Unknown column"),
            (b"PK\x03\x04rubbish", XLSX, "no XLSX workbook"),
            (b"offer_id,partner_id,request_id\n1,2,3\n", XLSX, "no XLSX workbook"),
        ],
    )
    def test_a_file_that_cant_be_read_is_refused(self, admin, data, form, text):
        if data:
            answer = self.upload(admin, data, form)
        else:
            answer = admin.post(
                IMPORT, {"import_file": SimpleUploadedFile("x.csv", b""), "format": form}
            )

        assert text in answer.content.decode()
        assert not Conversion.objects.exists()

    @pytest.mark.parametrize(("make", "form"), [(a_csv, CSV), (a_workbook, XLSX)])
    def test_an_import_has_a_limit_of_its_own(self, admin, offer, settings, make, form):
        settings.EXPORT_AS_JOB_OVER = 1
        settings.IMPORT_MAX_ROWS = 2
        rows = [self.row(offer, n) for n in range(3)]

        assert "new" in self.upload(admin, make(rows[:2]), form).content.decode()
        assert "Split the file." in self.upload(admin, make(rows), form).content.decode()

    def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(self, admin, monkeypatch):
        monkeypatch.setattr(openpyxl, "load_workbook", None)
        file = io.BytesIO()
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("xl/worksheets/sheet1.xml", "w") as part,
        ):
            for _ in range(201):
                part.write(bytes(2**20))

        answer = self.upload(admin, file.getvalue(), XLSX)

        assert "unpacks to more than 200 MB" in answer.content.decode()

    def test_a_sheet_is_read_no_further_than_its_limit(self, admin, offer, settings):
        """Its last row may claim to be the trillionth, and every row in between is made."""
        settings.IMPORT_MAX_ROWS = 10
        data = with_sheet(a_workbook([self.row(offer)]), b'r="2"', b'r="999999999999"')

        assert "More than 10 rows" in self.upload(admin, data, XLSX).content.decode()

    def test_a_row_with_too_many_cells_is_refused(self, admin, offer):
        book = openpyxl.Workbook()
        book.active.append(["offer_id", "partner_id", "request_id"])
        book.active.cell(2, 16_384, "far away")
        file = io.BytesIO()
        book.save(file)

        answer = self.upload(admin, file.getvalue(), XLSX)

        assert "Line 2 has more than 100 cells." in answer.content.decode()

    def test_empty_cells_at_the_end_of_a_row_may_be_missing(self, admin, offer):
        rows = [self.row(offer, 1, note="a note"), self.row(offer, 2, note=None)]

        self.confirm(admin, self.upload(admin, a_workbook(rows), XLSX))

        assert Conversion.objects.count() == 2

    def test_a_ragged_row_is_told(self, admin, offer):
        data = a_csv([self.row(offer)]) + b"1,2\n"

        assert "2 cells, but the header has 3 columns." in self.upload(admin, data).content.decode()

    def test_a_hostile_file_name_stays_a_name(self, admin, offer):
        row = a_csv([self.row(offer)])
        preview = self.upload(admin, row, name="../../<script>alert(1)</script>.csv")

        assert "<script>alert(1)" not in preview.content.decode()
        self.confirm(admin, preview)
        assert Conversion.objects.count() == 1

    def test_what_changed_before_confirm_stores_nothing(self, admin, offer):
        preview = self.upload(admin, a_csv([self.row(offer, 1), self.row(offer, 2)]))
        make_conversion(offer=offer, request_id="R-1")

        done = self.confirm(admin, preview)

        assert "Nothing was imported" in done.content.decode()
        assert Conversion.objects.count() == 1
        assert not Entry.objects.filter(action="conversion.imported").exists()

    def test_a_large_file_takes_few_queries(self, admin, offer, django_assert_max_num_queries):
        data = a_csv([self.row(offer, n) for n in range(1_000)])

        with django_assert_max_num_queries(60):
            preview = self.upload(admin, data)
            done = self.confirm(admin, preview)

        assert "1000 new" in done.content.decode()
        assert len(preview.content) < 1_000_000
        assert Conversion.objects.count() == ConversionEvent.objects.count() == 1_000

    def test_a_file_over_the_limit_is_refused(self, admin, offer, settings):
        settings.UPLOAD_MAX_BYTES = 1_000

        data = a_csv([self.row(offer, n) for n in range(100)])

        file = SimpleUploadedFile("x.csv", data)
        answer = admin.post(IMPORT, {"import_file": file, "format": CSV}, follow=True)

        assert "Split the file" in answer.content.decode()

    def test_needs_an_administrator(self, sign_in, agency):
        assert sign_in(agency).get(IMPORT, follow=True).status_code == 403


def test_no_value_of_an_import_is_in_the_audit(admin, offer):
    TestImport().confirm(
        admin,
        TestImport().upload(admin, a_csv([TestImport().row(offer, note="someone@example.test")])),
    )

    assert "someone" not in json.dumps(list(Entry.objects.values("subject", "details")))
