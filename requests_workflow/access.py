"""The one way to a request, a comment, a file: someone else's is not there."""

from django.db.models import QuerySet
from django.http import Http404

from convertr.accounts.models import User
from convertr.ui.lists.filters import MAX_ID
from requests_workflow import rules
from requests_workflow.models import Attachment, Comment, ConversionRequest


def request_for(user: User, request_id: int) -> ConversionRequest:
    """The request with what its page shows; Http404 for one that this person may not see."""
    requests = ConversionRequest.objects.visible_to(user).select_related(
        "offer__advertiser", "event", "partner", "conversion", "raised_by", "decided_by"
    )
    found = requests.filter(pk=request_id).first() if request_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def comments_for(user: User, request: ConversionRequest) -> QuerySet[Comment]:
    """What this person may read of a request's discussion, oldest first."""
    comments = request.comments.select_related("author").prefetch_related("attachments")
    return comments.filter(internal=False) if user.is_partner else comments


def attachment_for(user: User, request_id: int, attachment_id: int) -> Attachment:
    """A file of a request's discussion; Http404 where its comment isn't this person's to read."""
    request = request_for(user, request_id)
    found = None
    if attachment_id <= MAX_ID:
        files = Attachment.objects.filter(comment__in=comments_for(user, request))
        found = files.filter(pk=attachment_id).first()
    if found is None:
        raise Http404
    return found


def who(user: User, request: ConversionRequest) -> rules.Who:
    """This person before this request, as the rules ask."""
    return rules.Who(permissions_of(user), is_raiser=request.raised_by_id == user.pk)


def permissions_of(user: User) -> frozenset[str]:
    """Those of the app's permissions that the person holds."""
    return frozenset(name for name in rules.PERMISSIONS if user.has_perm(name))
