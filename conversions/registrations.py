"""What this app offers to the ground: kinds of job and the texts of their codes."""

from conversions.pages import register_pages
from conversions.party_panels import register_panels
from conversions.status_csv.kinds import StatusCsv, StatusSelection, Undo
from conversions.texts import TEXTS
from convertr.jobs import kinds, texts


def register() -> None:
    """Called once when Django is ready."""
    for kind in (StatusCsv(), StatusSelection(), Undo()):
        kinds.register(kind)
    texts.register_texts(TEXTS)
    register_pages()
    register_panels()
