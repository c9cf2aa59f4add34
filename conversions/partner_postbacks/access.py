"""The one way to a postback: someone else's is not there."""

from django.db.models import QuerySet
from django.http import Http404

from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from conversions.partner_postbacks.switching import PERMISSION
from convertr.accounts.models import User
from convertr.ui.lists.filters import MAX_ID


def may_manage(user: User) -> bool:
    """Whether the section is there for this person."""
    return user.has_perm(PERMISSION)


def postbacks_for(user: User) -> QuerySet[PartnerPostback]:
    """Those that this person may manage, with what lists show of them."""
    if not may_manage(user):
        return PartnerPostback.objects.none()
    return PartnerPostback.objects.visible_to(user).select_related("partner", "offer")


def postback_for(user: User, postback_id: int) -> PartnerPostback:
    """The postback; Http404 for one that this person may not manage."""
    found = None
    if postback_id <= MAX_ID:
        found = postbacks_for(user).filter(pk=postback_id).first()
    if found is None:
        raise Http404
    return found


def event_for(postback: PartnerPostback, event_id: int) -> PostbackEvent:
    """An event of this postback; Http404 for any other."""
    found = None
    if event_id <= MAX_ID:
        found = PostbackEvent.objects.filter(postback_id=postback.pk, pk=event_id).first()
    if found is None:
        raise Http404
    return found
