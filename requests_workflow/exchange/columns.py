"""The columns of the one format, in order: what each means and who has it (requests.md, "Import").

Everything about a column is said here: the reader, the exports and the template are built from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from requests_workflow.rules import Status, Type
from requests_workflow.wanted import FIELDS, LONGEST, STATUS_WORDS

TYPES = tuple(str(type_).upper() for type_ in Type)
# What a person writes; the other statuses are the system's.
DECISIONS = ("INQUIRED", "ACCEPTED", "REJECTED")
STATUSES = tuple(str(status).upper() for status in Status)


class Needed(StrEnum):
    """When a cell has to be filled in."""

    ALWAYS = "always"
    CREATE = "create"
    CHANGE = "change"
    NO = "no"


@dataclass(frozen=True)
class Column:
    """`field` is the field of `wanted.FIELDS` that the column asks for; `choices` a drop-down."""

    name: str
    about: str | Promise
    needed: Needed = Needed.NO
    field: str = ""
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What a cell holds: "id", "money", "time" or "text"."""
        if self.name in _IDS:
            return "id"
        found = FIELDS[self.field].kind if self.field else "text"
        return found if found in ("money", "time") else "text"

    @property
    def partner(self) -> bool:
        """Whether partners have the column (platform.md's whitelist)."""
        return FIELDS[self.field].partner if self.field else True


_IDS = ("conversion_request_id", "conversion_id", "offer_id", "partner_id")
_TEXT = _("A text of at most %(most)s characters.") % {"most": LONGEST}
COLUMNS = (
    Column(
        "conversion_request_id",
        _("The request that the row is about. Empty: a new request is raised."),
    ),
    Column(
        "request_type",
        _("CREATE: a conversion that is missing. CHANGE: one that is there."),
        Needed.ALWAYS,
        choices=TYPES,
    ),
    Column(
        "request_status",
        _(
            "Empty or INQUIRED: it is to be decided. ACCEPTED and REJECTED decide it, for those who"
            " may. PROCESSED and FAILED are the system's: leave them as they are."
        ),
        choices=DECISIONS,
    ),
    Column("request_id", _("The advertiser's ID of a new conversion."), field="request_id"),
    Column(
        "conversion_id",
        _("CHANGE: the conversion, by this or by its UUID. CREATE: leave it empty."),
        Needed.CHANGE,
    ),
    Column("conversion_uuid", _("CHANGE: the conversion, by its UUID."), Needed.CHANGE),
    Column(
        "offer_id",
        _("CREATE: the offer of the new conversion. CHANGE: may be empty."),
        Needed.CREATE,
    ),
    Column(
        "partner_id",
        _("CREATE: whose conversion it is; a partner's own if empty. CHANGE: may be empty."),
        Needed.CREATE,
    ),
    Column(
        "conversion_time",
        _("CREATE: when it happened, such as 2025-03-01 14:30; UTC where no offset is given."),
        field="converted_at",
    ),
    Column(
        "status",
        _("The status that the conversion is to have; OPEN only where it is new, or so already."),
        field="status",
        choices=tuple(STATUS_WORDS),
    ),
    Column("revenue", _("An amount in the offer's currency, such as 12.50."), field="revenue"),
    Column("payout", _("An amount in the offer's currency, such as 12.50."), field="payout"),
    Column(
        "sale_amount", _("An amount in the offer's currency, such as 120.00."), field="sale_amount"
    ),
    Column("currency", _("The offer's currency, such as EUR; checked, never changed.")),
    Column("order_id", _TEXT, field="order_id"),
    Column("transaction_id", _("CREATE: the click that led to it."), field="transaction_id"),
    *(Column(f"sub{n}", _TEXT, field=f"sub{n}") for n in range(1, 7)),
    Column(
        "reason",
        _(
            "With request_status REJECTED: why the request is refused. Else, with status REJECTED:"
            " a code of the catalogue of reasons."
        ),
    ),
    Column("comment", _("Said about the request, for its raiser and for who decides.")),
)
BY_NAME = {column.name: column for column in COLUMNS}
# One of them has to be there, or no row could say what it is about.
SUBJECTS = ("conversion_request_id", "conversion_id", "conversion_uuid", "offer_id")


def columns_for(user: User) -> list[Column]:
    """The columns that this person has, in order."""
    return [column for column in COLUMNS if column.partner or not user.is_partner]
