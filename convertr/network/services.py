"""What can be done with parties and offers."""

from django.db import transaction
from django.db.models import QuerySet

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.network.models import Offer, Party, Status, new_token


def set_status(*, actor: User, parties: QuerySet[Party], status: str) -> int:
    """Pause or activate parties of one kind; answers how many changed."""
    kind = parties.model._meta
    require(actor, f"{kind.app_label}.change_{kind.model_name}")
    with transaction.atomic():
        changed = list(parties.exclude(status=status).select_for_update().order_by("pk"))
        for party in changed:
            note(f"{kind.model_name}.status", f"{kind.verbose_name} {party.pk}", status=status)
        parties.model._default_manager.filter(pk__in=[p.pk for p in changed]).update(
            status=Status(status)
        )
    return len(changed)


def renew_postback_secret(*, actor: User, offer: Offer) -> None:
    """Give an offer's postback address a new secret; calls with the former one fail from now on."""
    require(actor, "network.change_offer")
    with transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(postback_token=new_token())
        note("offer.secret_renewed", f"offer {offer.pk}")
