"""The Django admin's theme: the product's accent, its sign, and doors in the order of use."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Lightness and chroma of the accent's hue (static/css/tokens.css, --accent).
_SHADES = {
    "50": (97.5, 0.012),
    "100": (94.5, 0.027),
    "200": (89.5, 0.055),
    "300": (82, 0.098),
    "400": (70, 0.15),
    "500": (60, 0.18),
    "600": (50.5, 0.19),
    "700": (45, 0.19),
    "800": (39, 0.16),
    "900": (34, 0.13),
    "950": (25, 0.1),
}
HUE = 268


def icon(request: HttpRequest) -> str:
    return static("icons/favicon.svg")


def _door(title: str | Promise, symbol: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": symbol, "link": reverse_lazy(f"admin:{name}_changelist")}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Convertr",
    "SITE_HEADER": "Convertr",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "COLORS": {
        "primary": {
            name: f"oklch({light}% {chroma} {HUE})" for name, (light, chroma) in _SHADES.items()
        }
    },
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    {
                        "title": _("Back to Convertr"),
                        "icon": "arrow_back",
                        "link": "/",
                        # Every address begins like this one.
                        "active": lambda request: False,  # noqa: ARG005
                    },
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _door(_("People"), "person", "accounts_user"),
                    _door(_("Groups"), "group", "auth_group"),
                    _door(_("Invitations"), "mail", "accounts_invitation"),
                    _door(_("API keys"), "key", "accounts_apikey"),
                ],
            },
            {
                "title": _("Offers and parties"),
                "separator": True,
                "items": [
                    _door(_("Offers"), "sell", "network_offer"),
                    _door(_("Partners"), "groups", "network_partner"),
                    _door(_("Advertisers"), "storefront", "network_advertiser"),
                    _door(_("Campaigns"), "campaign", "network_campaign"),
                ],
            },
            {
                "title": _("Conversions"),
                "separator": True,
                "items": [
                    _door(_("Conversions"), "swap_horiz", "conversions_conversion"),
                    _door(
                        _("Conversion requests"), "task_alt", "requests_workflow_conversionrequest"
                    ),
                    _door(_("Reasons"), "rule", "conversions_reason"),
                ],
            },
            {
                "title": _("Leads"),
                "separator": True,
                "items": [
                    _door(_("Leads"), "person_add", "leads_lead"),
                    _door(_("Flag reasons"), "flag", "leads_flagreason"),
                    _door(_("Reason categories"), "category", "leads_flagreasoncategory"),
                ],
            },
        ],
    },
}
