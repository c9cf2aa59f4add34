"""Lists and pages of offers, partners, advertisers and campaigns, for agency and admin.

Their addresses hold the IDs that CSV files and API calls ask for (conversions.md, "Offers").
"""

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView

from convertr.accounts.access import DoorMixin
from convertr.accounts.models import User
from convertr.network.filters import OfAdvertiserFilters, OfferFilters, PartyFilters
from convertr.network.models import Advertiser, Campaign, Offer, Partner
from convertr.network.tables import (
    AdvertiserTable,
    CampaignTable,
    OfferTable,
    PartnerTable,
)
from convertr.ui.lists import ListView


class PartyList(ListView):
    """A list of one kind of party, by name."""

    model: type[Model]
    sorts = {"name": "name", "id": "id"}
    default_sort = "name"
    filterset_class = PartyFilters
    search_label = _("Search by name or ID")
    actions_template = "network/list_actions.html"
    empty_template = "network/list_empty.html"

    @classmethod
    def allows(cls, user: User) -> bool:
        return not user.is_partner

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[Any]:
        return cls.model._default_manager.all()

    def context(self) -> dict[str, Any]:
        names = self.model._meta
        return {
            **super().context(),
            "add_url": f"admin:{names.app_label}_{names.model_name}_add",
            "add_label": _("Add %(kind)s") % {"kind": names.verbose_name},
        }


class OfferList(PartyList):
    name = "offers"
    title = _("Offers")
    model = Offer
    table_class = OfferTable
    filterset_class = OfferFilters
    default_columns = ("id", "name", "advertiser", "currency", "status", "created_at")

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("advertiser")


class PartnerList(PartyList):
    name = "partners"
    title = _("Partners")
    model = Partner
    table_class = PartnerTable
    default_columns = ("id", "name", "status", "created_at")


class AdvertiserList(PartyList):
    name = "advertisers"
    title = _("Advertisers")
    model = Advertiser
    table_class = AdvertiserTable
    default_columns = ("id", "name", "status", "created_at")


class CampaignList(PartyList):
    name = "campaigns"
    title = _("Campaigns")
    model = Campaign
    table_class = CampaignTable
    filterset_class = OfAdvertiserFilters
    default_columns = ("id", "name", "advertiser", "status", "ends_on")

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("advertiser")


class PartyPage(DoorMixin, DetailView[Any]):
    """A party's page; other apps add panels to it by the kind's name."""

    staff = True
    http_method_names = ["get", "head"]
    context_object_name = "party"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = self.object._meta
        return super().get_context_data(
            kind=names.model_name,
            kind_label=names.verbose_name,
            kind_plural=names.verbose_name_plural,
            list_url=f"network:{names.model_name}s",
            change_url=f"admin:{names.app_label}_{names.model_name}_change",
            **kwargs,
        )


class OfferPage(PartyPage):
    template_name = "network/offer.html"
    queryset = Offer.objects.select_related("advertiser").prefetch_related("events", "partners")


class PartnerPage(PartyPage):
    template_name = "network/partner.html"
    queryset = Partner.objects.prefetch_related("offers", "users")


class AdvertiserPage(PartyPage):
    template_name = "network/advertiser.html"
    queryset = Advertiser.objects.prefetch_related("offers", "campaigns")


class CampaignPage(PartyPage):
    template_name = "network/campaign.html"
    queryset = Campaign.objects.select_related("advertiser")
