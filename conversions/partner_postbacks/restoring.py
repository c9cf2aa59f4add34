"""After a restore to an older moment: what waits may have been told since, and says so."""

from conversions.models import PostbackEvent


def mark_unknown() -> int:
    """Let what waits or was under way be told as a repeat that may have arrived; answers how much.

    It carries the change_id that it had, so that the partner recognises it.
    """
    states = (PostbackEvent.State.WAITING, PostbackEvent.State.SENDING)
    events = PostbackEvent.objects.filter(state__in=states, is_test=False)
    return events.update(state=PostbackEvent.State.WAITING, token=None, code="unknown")
