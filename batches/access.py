"""The one way to integrations and batches: what isn't one's to see is not there (batches.md)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from batches.models import Batch, Credential, Integration
from convertr.accounts.models import Role, User
from convertr.ui.lists.filters import MAX_ID
from leads.access import VIEW, may_view

CONFIGURE, BATCH_NOW = "batches.configure_batches", "batches.batch_now"

__all__ = ["BATCH_NOW", "CONFIGURE", "VIEW", "may_view"]


def may_configure(user: User) -> bool:
    """Whether this person may set integrations up."""
    return may_view(user) and user.has_perm(CONFIGURE)


def may_keep_credentials(user: User) -> bool:
    """Credentials are the administrators' alone."""
    return user.role == Role.ADMIN


def integration_for(user: User, integration_id: int) -> Integration:
    """The integration with its campaign; Http404 for one that this person doesn't see."""
    seen = Integration.objects.visible_to(user).select_related("campaign__advertiser")
    found: Integration | None = None
    if integration_id <= MAX_ID:
        found = seen.filter(pk=integration_id).first()
    if found is None:
        raise Http404
    return found


def batch_for(user: User, batch_id: int) -> Batch:
    """The batch with its integration and campaign; Http404 for one that isn't this person's."""
    related = ("integration__campaign__advertiser", "requested_by")
    seen = Batch.objects.visible_to(user).select_related(*related)
    found: Batch | None = None
    if batch_id <= MAX_ID:
        found = seen.filter(pk=batch_id).first()
    if found is None:
        raise Http404
    return found


def credential_for(user: User, credential_id: int) -> Credential:
    """The credential without its secret; Http404 for an unknown one."""
    require_credentials(user)
    kept = Credential.objects.defer("ciphertext")
    found = kept.filter(pk=credential_id).first() if credential_id <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def require_credentials(user: User) -> None:
    """PermissionDenied for all but administrators."""
    if not may_keep_credentials(user):
        raise PermissionDenied
