"""The one way to a conversion: someone else's is not there."""

from django.http import Http404

from conversions.models import Conversion
from convertr.accounts.models import User
from convertr.ui.lists.filters import MAX_ID


def conversion_for(user: User, conversion_id: int) -> Conversion:
    """The conversion with what its page shows; Http404 for one that this person may not see."""
    conversions = Conversion.objects.visible_to(user).select_related(
        "offer__advertiser", "event", "partner"
    )
    found = conversions.filter(pk=conversion_id).first() if conversion_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found
