"""Pure decisions about batches: their states, and what may follow what (batches.md, "Sending")."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What an integration sends when."""

    DEFAULT = "default", _("Default")
    CUMULATIVE = "cumulative", _("Cumulative")
    REALTIME = "realtime", _("Real-time")


class State(TextChoices):
    """Where a batch is. The first three are open: one of an integration at a time."""

    CLAIMED = "claimed", _("Claimed")
    BUILT = "built", _("Built")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    HELD = "held", _("Held")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (State.CLAIMED, State.BUILT, State.SENDING)
# What a person may do with a batch in which state.
RESENDABLE = (State.SENT, State.HELD, State.FAILED)
MARKABLE = (State.HELD, State.FAILED)
CANCELLABLE = (State.HELD, State.FAILED)


class Outcome(TextChoices):
    """What came of one attempt. Empty while it is under way."""

    SENT = "sent", _("Sent")
    # Nothing arrived; trying again may help.
    TRANSIENT = "transient", _("Failed, tried again")
    # Nothing arrived, and trying again will not help.
    PERMANENT = "permanent", _("Failed")
    # The line was cut after the last byte, or the sender was gone before it could say.
    UNKNOWN = "unknown", _("Unknown")


class Stage(TextChoices):
    """How far an attempt has come. From `FINISHING` on the other side may have the file."""

    BEGUN = "begun", _("Begun")
    FINISHING = "finishing", _("Finishing")
