"""The list, the form, the reasons."""

import pytest
from django.urls import reverse

from conversions.models import ConversionEvent, Reason
from convertr.audit.models import Entry
from tests.conversions.admin.kit import LIST, change_url
from tests.factories import (
    make_conversion,
    make_conversions,
    make_reason,
)


class TestList:
    def test_opens_and_filters(self, admin):
        make_conversion(status="approved", request_id="R-approved")
        make_conversion(status="rejected", request_id="R-rejected")

        page = admin.get(LIST, {"status": "approved"}).content.decode()

        assert "R-approved" in page
        assert "R-rejected" not in page

    @pytest.mark.parametrize(
        "field", ["id", "uuid", "request_id", "transaction_id", "order_id", "click_id"]
    )
    def test_finds_by_any_whole_id(self, admin, field):
        make_conversion()
        wanted = make_conversion(order_id="O-1", click_id="C-1")

        found = admin.get(LIST, {"q": str(getattr(wanted, field))})

        assert list(found.context["cl"].queryset) == [wanted]

    def test_an_unknown_id_finds_nothing(self, admin):
        make_conversion()

        assert not admin.get(LIST, {"q": "nothing"}).context["cl"].queryset.exists()

    def test_takes_as_many_queries_for_many(self, admin, django_assert_max_num_queries):
        make_conversions(60)

        with django_assert_max_num_queries(20):
            admin.get(LIST)

    def test_is_for_admins(self, sign_in, agency, partner_user):
        for user in (agency, partner_user):
            assert sign_in(user).get(LIST, follow=True).status_code == 403


class TestForm:
    def test_status_amounts_and_lock_are_only_shown(self, admin):
        conversion = make_conversion()

        form = admin.get(change_url(conversion)).context["adminform"].form

        assert sorted(form.fields) == ["note", "order_id"]

    def test_posted_statuses_and_amounts_are_ignored(self, admin):
        conversion = make_conversion()

        admin.post(
            change_url(conversion),
            {"note": "seen", "order_id": "", "status": "approved", "payout": "999", "locked": "on"},
        )

        conversion.refresh_from_db()
        assert (conversion.note, conversion.status, conversion.payout, conversion.locked) == (
            "seen",
            "pending",
            4,
            False,
        )
        event = ConversionEvent.objects.filter(pgh_obj=conversion).latest("pgh_id")
        assert (event.note, event.pgh_context.metadata["channel"]) == ("seen", "admin")

    def test_a_locked_one_cant_be_edited(self, admin):
        conversion = make_conversion(locked=True)

        admin.post(change_url(conversion), {"note": "changed", "order_id": "x"})

        conversion.refresh_from_db()
        assert (conversion.note, conversion.order_id) == ("", "")

    def test_none_is_added_or_deleted_here(self, admin):
        conversion = make_conversion()

        assert admin.get(reverse("admin:conversions_conversion_add")).status_code == 403
        delete = reverse("admin:conversions_conversion_delete", args=[conversion.pk])
        assert admin.post(delete, {"post": "yes"}).status_code == 403


def test_reasons_are_retired_not_deleted(admin):
    reason = make_reason()
    url = reverse("admin:conversions_reason_changelist")

    admin.post(url, {"action": "retire", "_selected_action": [reason.pk]})

    assert Reason.objects.get().retired
    assert Entry.objects.get(action="reason.retired").subject == "reason fraud"
    delete = reverse("admin:conversions_reason_delete", args=[reason.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403


def test_the_date_line_names_the_months_between(admin):
    for day in ("2025-11-30T12:00:00Z", "2026-02-01T12:00:00Z"):
        make_conversion(converted_at=day)

    page = admin.get(LIST, {"converted_at__year": 2026}).content.decode()
    assert "February 2026" in page
    assert "2025" not in page.partition("results")[0]

    month = admin.get(LIST, {"converted_at__year": 2025, "converted_at__month": 11})
    assert "November 30" in month.content.decode()
    assert "November 29" not in month.content.decode()
