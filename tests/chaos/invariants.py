"""What must hold when a round has come to rest; each function answers what breaks its sentence."""

from django.db import connection


def found(sql, **values):
    """The rows of a query, as texts."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [", ".join(map(str, row)) for row in cursor.fetchall()]


def every_job_ends(seen):
    """Every job that was confirmed or called for ends."""
    return found("""
        SELECT id, kind, state FROM jobs_job
        WHERE state IN ('staging', 'verifying', 'queued', 'running')
    """)


INVARIANTS = [every_job_ends]


def check(seen):
    """All violations, each with the sentence that it breaks."""
    return [(rule.__doc__, broken) for rule in INVARIANTS for broken in rule(seen)]
