"""The one way to a lead: what isn't one's to see is not there."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from convertr.accounts.models import User
from convertr.network.models import Campaign
from convertr.ui.lists.filters import MAX_ID
from leads.models import Lead

VIEW = "leads.view_leads"


def may_view(user: User) -> bool:
    """Whether this person has leads at all: agency and admin, with the permission."""
    return not user.is_partner and user.has_perm(VIEW)


def require_view(user: User) -> None:
    """PermissionDenied for who has no leads."""
    if not may_view(user):
        raise PermissionDenied


def lead_for(user: User, lead_id: int) -> Lead:
    """The lead with what its page shows; Http404 for a deleted or an unknown one."""
    leads = Lead.objects.visible_to(user).select_related("campaign__advertiser", "partner")
    found = leads.filter(pk=lead_id).first() if lead_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def campaign_for(user: User, campaign_id: int) -> Campaign:
    """The campaign; Http404 for an unknown one."""
    campaigns = Campaign.objects.select_related("advertiser")
    found = campaigns.filter(pk=campaign_id).first() if campaign_id <= MAX_ID else None
    if found is None or not may_view(user):
        raise Http404
    return found
