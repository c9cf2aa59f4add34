"""How many requests wait, for the navigation."""

from convertr.accounts.models import User
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import OPEN, Status

# More than that nobody counts on every page.
MOST = 1_000


def waiting(user: User) -> int:
    """What the agency has to decide, failed ones too; of a partner's own, what is open."""
    statuses = OPEN if user.is_partner else (Status.INQUIRED, Status.FAILED)
    requests = ConversionRequest.objects.visible_to(user).filter(status__in=statuses)
    return requests.order_by()[:MOST].count()
