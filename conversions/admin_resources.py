"""Admin import and export of conversions by django-import-export."""

from typing import Any

from import_export import fields, resources
from import_export.results import Result, RowResult

from conversions.import_rows import COLUMNS, Importer, Row
from conversions.models import Conversion

SHOWN_ROWS = 30


class ShortResult(Result):  # type: ignore[misc]
    """Shows the first rows of a large file; counts all of them."""

    def valid_rows(self) -> list[RowResult]:
        shown: list[RowResult] = super().valid_rows()[:SHOWN_ROWS]
        return shown


class ConversionImport(resources.ModelResource):  # type: ignore[misc]
    """New conversions: rates copied, amounts worked out where the file gives none."""

    class Meta:
        model = Conversion
        name = "Conversions"
        fields = ()
        import_id_fields = ()
        force_init_instance = True
        use_bulk = True
        batch_size = 2_000
        skip_diff = True
        use_transactions = True

    @classmethod
    def get_result_class(cls) -> type[Result]:
        return ShortResult

    def get_diff_headers(self) -> list[str]:
        return list(COLUMNS)

    def get_user_visible_fields(self) -> list[fields.Field]:
        return [fields.Field(column_name=column) for column in COLUMNS]

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.importer = Importer(dataset.dict)

    def init_instance(self, row: Row | None = None) -> Conversion:
        return self.importer.read(row or {})

    def import_instance(self, instance: Conversion, row: Row, **kwargs: Any) -> None:
        """All is read when the instance is made."""

    def after_import_row(self, row: Row, row_result: RowResult, **kwargs: Any) -> None:
        # What a preview needs, and no more: a large file makes many rows.
        row_result.instance = None
        if kwargs["row_number"] <= SHOWN_ROWS:
            row_result.diff = [row.get(column, "") for column in COLUMNS]


EXPORTED = (
    "id", "uuid", "offer_id", "offer", "advertiser", "partner_id", "partner", "event", "currency",
    "request_id", "transaction_id", "click_id", "order_id",
    "status", "payout", "revenue", "sale_amount", "reason_code", "note", "locked",
    "sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "adv1", "adv2", "adv3", "adv4", "adv5",
    "source", "country", "device", "ip", "converted_at", "clicked_at", "created_at",
)  # fmt: skip


class ConversionExport(resources.ModelResource):  # type: ignore[misc]
    """Every field of the conversions chosen; the formats make cells safe for spreadsheets."""

    offer_id = fields.Field(attribute="offer_id", column_name="offer_id")
    offer = fields.Field(attribute="offer__name", column_name="offer")
    advertiser = fields.Field(attribute="offer__advertiser__name", column_name="advertiser")
    partner_id = fields.Field(attribute="partner_id", column_name="partner_id")
    partner = fields.Field(attribute="partner__name", column_name="partner")
    event = fields.Field(attribute="event__name", column_name="event")
    currency = fields.Field(attribute="offer__currency", column_name="currency")

    class Meta:
        model = Conversion
        name = "Conversions"
        fields = export_order = EXPORTED

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("offer__advertiser", "event", "partner")
