"""Arrays as PostgreSQL reads them."""

from collections.abc import Iterable


def array(values: Iterable[object]) -> str:
    """An array literal of numbers, UUIDs or codes: values that need no quotes.

    psycopg looks at each value's type and quotes in Python; for ten thousands it takes longer than
    what is done with them. The statement names the type: `%(ids)s::bigint[]`.
    """
    return "{" + ",".join(map(str, values)) + "}"
