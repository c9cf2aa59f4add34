"""The admin's page to erase leads: by their ids, deleted ones too; it says what goes, then asks."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from convertr.accounts.access import person
from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.ui.lists.filters import MAX_ID
from leads.erasing.services import erase, may_erase
from leads.models import Lead
from leads.rules import ERASED

MOST = 100
TEMPLATE = "leads/admin_erase.html"


@dataclass(frozen=True)
class Line:
    """A lead on the page, by nothing that its person has told; `why` it can't be erased."""

    lead_id: int
    lead: Lead | None
    why: str = ""


def page(model_admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
    """Ask for ids, show what they are, erase what is signed for."""
    if not may_erase(person(request)):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    ids, problem = _ids(given.get("ids", ""))
    if request.method == "POST" and ids and not problem:
        try:
            refused = erase(
                actor=person(request), lead_ids=ids, signature=request.POST.get("signature", "")
            )
        except DomainError as error:
            problem = str(error)
        else:
            _tell(request, len(ids) - len(refused), refused)
            return HttpResponseRedirect(reverse("admin:leads_lead_changelist"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Erase leads"),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "lines": _lines(ids),
        "ids": ", ".join(map(str, ids)),
        "problem": problem,
        "name": str(person(request)),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _ids(text: str) -> tuple[list[int], str]:
    """The numbers of a text, and what is wrong with it."""
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() and int(word) <= MAX_ID for word in words):
        return [], _t("Write the numbers of leads, separated by commas or spaces.")
    ids = list(dict.fromkeys(int(word) for word in words))
    if len(ids) > MOST:
        return [], _t("At most %(most)s at once.") % {"most": MOST}
    return ids, ""


def _lines(ids: list[int]) -> list[Line]:
    leads = Lead.objects.select_related("campaign", "partner").in_bulk(ids)
    return [_line(pk, leads.get(pk)) for pk in ids]


def _line(lead_id: int, lead: Lead | None) -> Line:
    if lead is None:
        return Line(lead_id, None, render("lead_not_found", {}))
    return Line(lead_id, lead, render(ERASED, {}) if lead.erased_at else "")


def _tell(request: HttpRequest, erased: int, refused: dict[int, str]) -> None:
    if erased:
        text = ngettext(
            "%(n)s lead is erased. Its copies in jobs and files go within minutes.",
            "%(n)s leads are erased. Their copies in jobs and files go within minutes.",
            erased,
        )
        messages.success(request, text % {"n": erased})
    for lead, code in refused.items():
        messages.error(request, f"{_t('Lead %(id)s') % {'id': lead}}: {render(code, {})}")
