"""The columns of the lists of parties."""

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from convertr.ui.lists import ListTable
from convertr.ui.lists.columns import (
    Column,
    IdColumn,
    LinkColumn,
    StateColumn,
    TimeColumn,
)


class PartyTable(ListTable):
    """What all parties have; `page` is the name of their page's address."""

    page: str

    id = IdColumn(verbose_name=_("ID"))
    status = StateColumn(verbose_name=_("Status"))
    created_at = TimeColumn(verbose_name=_("Created"))

    def href(self, record: Model) -> str:
        return reverse(self.page, args=[record.pk])


def _name(page: str) -> LinkColumn:
    return LinkColumn(verbose_name=_("Name"), page=(page, "pk"))


def _advertiser() -> LinkColumn:
    return LinkColumn(
        verbose_name=_("Advertiser"),
        accessor="advertiser__name",
        page=("network:advertiser", "advertiser_id"),
    )


class OfferTable(PartyTable):
    page = "network:offer"
    name = _name("network:offer")
    advertiser = _advertiser()
    currency = Column(verbose_name=_("Currency"))


class PartnerTable(PartyTable):
    page = "network:partner"
    name = _name("network:partner")


class AdvertiserTable(PartyTable):
    page = "network:advertiser"
    name = _name("network:advertiser")


class CampaignTable(PartyTable):
    page = "network:campaign"
    name = _name("network:campaign")
    advertiser = _advertiser()
    ends_on = Column(verbose_name=_("End date"))
