"""The list: filtered, searched by any id, and for admins alone."""

import pytest

from tests.factories import make_conversion, make_conversions
from tests.requests_workflow.admin.kit import LIST, confirm, page_of
from tests.requests_workflow.kit import again, make_change, make_create, reject

pytestmark = pytest.mark.django_db


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
