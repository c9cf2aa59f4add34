"""The doors, searches and panels that leads offer to the frame."""


def register_pages() -> None:
    """Called once when Django is ready."""
