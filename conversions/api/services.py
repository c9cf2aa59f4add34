"""Writes of the API, each a job of the same engine as the CSV's (conversions.md, "HTTP API")."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from conversions.api.kinds import ApiChange, ApiNote, ApiPayoutRevenue, ApiSaleAmount, ApiStatus
from conversions.models import Conversion
from conversions.rules import SMALLEST, Status
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import services as jobs
from convertr.jobs import texts
from convertr.jobs.models import Job, Outcome, State

COLUMN = "conversion_id"
# By a transaction only these are changed; the others are left alone.
OF_TRANSACTION = (Status.APPROVED, Status.REJECTED, Status.PENDING)
REFUSED = (Outcome.INVALID, Outcome.FAILED)


def change_statuses(*, actor: User, ids: Sequence[str], status: Status) -> Job:
    """One status for the conversions of these ids (UUIDs, with or without hyphens)."""
    return _submit(ApiStatus, actor, ids, _status(status), send_postbacks=True)


def change_transaction(*, actor: User, transaction_id: str, status: Status) -> Job:
    """One status for all conversions and events of a transaction; Http404 where there is none."""
    require(actor, ApiStatus.permission)
    known = Conversion.objects.visible_to(actor).filter(transaction_id=transaction_id)
    ids = [str(uuid) for uuid in known.order_by("pk").values_list("uuid", flat=True)]
    if not ids or not transaction_id:
        raise Http404(_("No conversion has this transaction ID."))
    asked = {"send_postbacks": True, "changeable": OF_TRANSACTION}
    return _submit(ApiStatus, actor, ids, _status(status), **asked)


def change_amounts(
    *, actor: User, conversion: Conversion, payout: Decimal | None, revenue: Decimal | None
) -> Job:
    """Absolute payout or revenue, or both, in the offer's currency; DomainError where refused."""
    given = {"payout": payout, "revenue": revenue}
    after = {name: _money(amount) for name, amount in given.items() if amount is not None}
    if not after:
        raise DomainError("amounts_missing", _("Give payout, revenue or both."))
    return _submit_one(ApiPayoutRevenue, actor, conversion, after)


def change_sale_amount(*, actor: User, conversion: Conversion, sale_amount: Decimal) -> Job:
    """The sale amount alone: payout and revenue stay as they are."""
    return _submit_one(ApiSaleAmount, actor, conversion, {"sale_amount": _money(sale_amount)})


def change_note(*, actor: User, conversion: Conversion, note: str) -> Job:
    return _submit_one(ApiNote, actor, conversion, {"note": note})


def get_conversion(*, actor: User, conversion_id: str) -> Conversion:
    """The one way to a conversion by the API's id; Http404 for another's, or none."""
    try:
        uuid = UUID(conversion_id)
    except ValueError:
        uuid = None
    found = Conversion.objects.visible_to(actor).filter(uuid=uuid).first() if uuid else None
    if found is None:
        raise Http404(_("No conversion has this ID."))
    return found


def _status(status: Status) -> dict[str, str]:
    return {"status": status.value, "reason_code": ""}


def _money(amount: Decimal) -> str:
    # Adding nothing takes the sign from -0, which the database doesn't keep either.
    return str((amount + 0).quantize(SMALLEST))


def _submit_one(
    kind: type[ApiChange], actor: User, conversion: Conversion, after: dict[str, str]
) -> Job:
    """The same for one conversion, whose fate is known when this returns, as a rule."""
    job = _submit(kind, actor, [conversion.uuid.hex], after)
    if job.state == State.DONE:
        row = job.rows.get()
        if row.outcome in REFUSED:
            raise DomainError(row.code or "row_failed", texts.render(row.code, row.params))
    return job


def _submit(
    kind: type[ApiChange],
    actor: User,
    ids: Sequence[str],
    after: dict[str, str],
    **parameters: Any,
) -> Job:
    return jobs.submit(
        actor=actor,
        kind=kind.name,
        keys=ids,
        column=COLUMN,
        parameters={"after": after, **parameters},
    )
