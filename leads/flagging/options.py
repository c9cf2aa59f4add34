"""What an act asks for at Confirm, from the wizard's form or an API call's body."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.accounts.signing import require_signature
from convertr.errors import DomainError
from leads import integrations
from leads.models import LONGEST_COMMENT, LONGEST_REASON, FlagReason, FlagReasonCategory
from leads.rules import ACTS, FLAGS, REPLACING, Act


def read(
    act: Act, data: Mapping[str, Any], actor: User, campaigns: Callable[[], set[int]]
) -> dict[str, Any]:
    """The parameters that Confirm adds to a job: `given` columns, and for valid `integrations`.

    `data`: reason (a code) or own_reason, category, comment, signature, confirm, and integrations
    (ids; left out, leads stay queued as they are). `campaigns` answers those of the leads, where
    somebody asks. DomainError says what is missing or wrong.
    """
    wanted = ACTS[act]
    if wanted.ticked and not data.get("confirm"):
        raise DomainError("not_confirmed", _("Tick that you mean it."))
    if wanted.signed:
        require_signature(actor, str(data.get("signature") or ""))
    comment = _text(data, "comment", LONGEST_COMMENT)
    if act in REPLACING:
        return {"given": {"replacement_comment": comment}}
    if act not in FLAGS:
        return {}
    given = {**_reason(act, data), "comment": comment}
    ticked = data.get("integrations") if act == Act.VALID else None
    chosen = None if ticked is None else _ticked(ticked, campaigns())
    return {"given": given, "integrations": chosen}


def _reason(act: Act, data: Mapping[str, Any]) -> dict[str, str]:
    """A reason of the catalogue, or one's own; a return has a category."""
    code, own = _text(data, "reason", 60), _text(data, "own_reason", LONGEST_REASON)
    if not (code or own):
        raise DomainError("reason_missing", _("Choose a reason, or write your own."))
    if code and own:
        raise DomainError("two_reasons", _("Choose a reason or write your own, not both."))
    reason = FlagReason.objects.filter(flag=act, code=code, retired=False).first() if code else None
    if code and reason is None:
        raise DomainError("unknown_reason", _("Choose a reason of the catalogue."))
    category = _text(data, "category", 60)
    if category and not (reason and reason.returned):
        raise DomainError("category_not_used", _("Only a returned lead has a category."))
    known = FlagReasonCategory.objects.filter(flag=act, code=category, retired=False)
    if category and not known.exists():
        raise DomainError("unknown_category", _("Choose a category of the catalogue."))
    return {"reason_code": code, "own_reason": own, "reason_category": category}


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    text = str(data.get(name) or "").strip()
    if len(text) > longest:
        told = _("%(name)s: write at most %(most)s characters.")
        raise DomainError("too_long", told % {"name": name, "most": f"{longest:,}"})
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise DomainError("not_storable", _("The text holds characters that can't be stored."))
    return text


def _ticked(ids: Any, campaigns: set[int]) -> dict[str, list[int]]:
    """The ticked integrations by campaign, ascending."""
    known = {str(one.id): one for one in integrations.of_campaigns(campaigns)}
    wanted = {str(one) for one in ids}
    if unknown := wanted - set(known):
        text = _("No active integration of these campaigns has the ID %(id)s.")
        raise DomainError("unknown_integration", text % {"id": min(unknown)[:20]})
    by_campaign: dict[str, list[int]] = {}
    for one in sorted((known[name] for name in wanted), key=lambda one: one.id):
        by_campaign.setdefault(str(one.campaign_id), []).append(one.id)
    return by_campaign
