"""Exporting them."""

import csv
import io
from decimal import Decimal

import openpyxl

from tests.conversions.admin.kit import (
    CSV,
    EXPORT,
    XLSX,
)
from tests.factories import (
    make_conversion,
    make_conversions,
)


class TestExport:
    def rows(self, admin, **query):
        fields = {f"conversionexport_{name}": "on" for name in ("id", "sub1", "payout", "offer")}
        url = f"{EXPORT}?status={query['status']}" if query else EXPORT
        answer = admin.post(url, {"format": CSV, "resource": "", **fields})
        assert answer["Content-Type"].startswith("text/csv"), answer.content.decode()[:500]
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    def test_every_field_and_safe_cells(self, admin):
        conversion = make_conversion(sub1="=cmd|' /C calc'!A0", payout=Decimal("-1.5"))

        (row,) = self.rows(admin)

        assert row["id"] == str(conversion.pk)
        assert row["sub1"] == "'=cmd|' /C calc'!A0"
        assert Decimal(row["payout"]) == Decimal("-1.5")
        assert row["offer"] == conversion.offer.name

    def test_what_is_filtered(self, admin):
        make_conversion(status="approved")
        wanted = make_conversion(status="rejected")

        rows = self.rows(admin, status="rejected")

        assert [row["id"] for row in rows] == [str(wanted.pk)]

    def test_a_workbook_has_text_cells(self, admin):
        make_conversion(sub1="=1+1")

        answer = admin.post(EXPORT, {"format": XLSX, "resource": ""})

        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        header, row = sheet.iter_rows()
        cell = row[[c.value for c in header].index("sub1")]
        assert (cell.value, cell.data_type) == ("=1+1", "s")

    def test_too_many_go_by_the_conversions_page(self, admin, settings):
        settings.EXPORT_AS_JOB_OVER = 2
        make_conversions(3)

        answer = admin.post(EXPORT, {"format": CSV, "resource": ""}, follow=True)

        assert "export them from the conversions page" in answer.content.decode()

    def test_as_many_queries_for_many(self, admin, django_assert_max_num_queries):
        make_conversions(40)

        with django_assert_max_num_queries(12):
            assert len(self.rows(admin)) == 40
