"""What a type will do, in a sentence: "1,204 leads become Valid", and who is left alone."""

from collections.abc import Callable

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from convertr.jobs.models import Job, Outcome
from leads.rules import Act
from leads.wizard.reading import told


def will_be_done(act: Act, leads: int) -> str:
    """Without a full stop."""
    return _SENTENCES[act](leads) % {"leads": intcomma(leads), "label": act.label}


def left_alone(job: Job) -> list[str]:
    """Why the others stay as they are: "31 left alone: already delivered", "2 not found"."""
    causes = told(job.summary.get("left_alone", {}))
    said = []
    if len(causes) == 1:
        [(leads, why)] = causes
        said.append(_("%(leads)s left alone: %(why)s") % {"leads": intcomma(leads), "why": why})
    elif causes:
        listed = ", ".join(f"{intcomma(leads)} {why}" for leads, why in causes)
        all_of_them = intcomma(sum(leads for leads, _why in causes))
        said.append(_("%(leads)s left alone: %(why)s") % {"leads": all_of_them, "why": listed})
    if missing := job.counts.get(Outcome.NOT_FOUND):
        said.append(_("%(leads)s not found") % {"leads": intcomma(missing)})
    return said


def _becomes(leads: int) -> str:
    return ngettext("%(leads)s lead becomes %(label)s", "%(leads)s leads become %(label)s", leads)


def _delivered(leads: int) -> str:
    return ngettext(
        "%(leads)s lead is marked delivered", "%(leads)s leads are marked delivered", leads
    )


def _undelivered(leads: int) -> str:
    return ngettext(
        "%(leads)s lead is marked undelivered", "%(leads)s leads are marked undelivered", leads
    )


def _replacement(leads: int) -> str:
    return ngettext(
        "%(leads)s lead is marked as a replacement",
        "%(leads)s leads are marked as replacements",
        leads,
    )


def _no_replacement(leads: int) -> str:
    return ngettext(
        "%(leads)s lead is marked as no replacement",
        "%(leads)s leads are marked as no replacements",
        leads,
    )


def _reprocess(leads: int) -> str:
    return ngettext("%(leads)s lead is processed anew", "%(leads)s leads are processed anew", leads)


def _delete(leads: int) -> str:
    return ngettext("%(leads)s lead is deleted", "%(leads)s leads are deleted", leads)


_SENTENCES: dict[Act, Callable[[int], str]] = {
    Act.VALID: _becomes,
    Act.INVALID: _becomes,
    Act.TEST: _becomes,
    Act.DELIVERED: _delivered,
    Act.UNDELIVERED: _undelivered,
    Act.REPLACEMENT: _replacement,
    Act.NO_REPLACEMENT: _no_replacement,
    Act.REPROCESS: _reprocess,
    Act.DELETE: _delete,
}
