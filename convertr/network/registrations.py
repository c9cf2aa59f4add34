"""The doors that parties offer to the frame."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.network.views import AdvertiserList, CampaignList, OfferList, PartnerList
from convertr.ui.lists import register_list
from convertr.ui.registry import GoTo, NavItem, register_go_to, register_nav, staff_only


def register() -> None:
    """Called once when Django is ready."""
    for list_class in (OfferList, PartnerList, AdvertiserList, CampaignList):
        register_list(list_class)
    register_nav(
        _door("offer", _("Offers"), 10),
        _door("partner", _("Partners"), 20),
        _door("advertiser", _("Advertisers"), 30),
        _door("campaign", _("Campaigns"), 40),
    )
    register_go_to(
        GoTo(
            "offer",
            _("Go to offer"),
            "network:offer",
            r"^\d{1,18}$",
            "12",
            icon="offers",
            visible=staff_only,
        )
    )


def _door(kind: str, label: str | Promise, order: int) -> NavItem:
    return NavItem(
        f"{kind}s",
        label,
        f"network:{kind}s",
        f"{kind}s",
        order,
        "parties",
        visible=staff_only,
        also=(f"network:{kind}",),
    )
