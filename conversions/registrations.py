"""What this app offers to the ground: kinds of job, navigation, lists."""


def register() -> None:
    """Called once when Django is ready."""
