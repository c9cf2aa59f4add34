"""When everything has come to rest: what is still under way, and what would be tried later."""

from django.db import connection

# What is to be there no more: (what it is, how many there are).
MOVING = """
SELECT 'jobs under way', count(*) FROM jobs_job
    WHERE state IN ('staging', 'verifying', 'queued', 'running')
"""


def moving():
    """What has not come to rest, as {what: how many}."""
    with connection.cursor() as cursor:
        cursor.execute(MOVING)
        return {what: number for what, number in cursor.fetchall() if number}
