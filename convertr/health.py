"""Is it well: /healthz, /readyz, and the findings that `manage.py doctor` prints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.crypto import get_random_string

from convertr.jobs.models import Heartbeat
from convertr.metrics import metrics
from convertr.replica import ALIAS

SEEN_WITHIN = timedelta(seconds=60)
CLOCK_WITHIN = timedelta(seconds=5)
OLDEST_POSTGRES = 160_000
# Nothing to replay is not being behind.
_BEHIND = """
SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
    THEN 0 ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END::float
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `text` says how it is and, if not well, what to do."""

    name: str
    text: str
    ok: bool


def well(name: str, text: str) -> Finding:
    return Finding(name, text, ok=True)


def unwell(name: str, text: str) -> Finding:
    return Finding(name, text, ok=False)


def database() -> Finding:
    """Whether PostgreSQL answers, and is new enough."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('server_version_num')::int")
            version = cursor.fetchone()[0]
    except DatabaseError:
        return unwell("database", "does not answer; start it, or correct DATABASE_URL")
    if version < OLDEST_POSTGRES:
        return unwell("database", "is too old; PostgreSQL 16 or newer is needed")
    return well("database", f"PostgreSQL {version // 10_000}")


def replica() -> Finding:
    """Whether the replica answers, where there is one, and how far it is behind."""
    if ALIAS not in connections.databases:
        return well("replica", "none is set")
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(_BEHIND)
            seconds = cursor.fetchone()[0]
    except DatabaseError:
        return unwell("replica", "does not answer; start it, or correct DATABASE_REPLICA_URL")
    if seconds > SEEN_WITHIN.total_seconds():
        return unwell("replica", f"is {seconds:.0f} s behind; lists show what was then")
    return well("replica", f"answers, {seconds:.0f} s behind")


def broker() -> Finding:
    """Whether Redis or Valkey answers."""
    try:
        with redis_client() as client:
            client.ping()
    except redis.RedisError:
        return unwell("broker", "does not answer; start it, or correct REDIS_URL")
    return well("broker", "answers")


def redis_client() -> "redis.Redis":
    """A client that gives up after two seconds instead of hanging."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def worker() -> Finding:
    """Whether a worker for jobs showed within the last minute that it lives, busy or not."""
    return _seen("worker", "celery -A convertr worker --queues celery")


def soon() -> Finding:
    """Whether the worker of what people wait for (requests, leads) showed that it lives."""
    return _seen("soon", "celery -A convertr worker --queues soon")


def batches() -> Finding:
    """Whether the worker that sends files of leads showed that it lives."""
    return _seen("batches", "celery -A convertr worker --queues batches --pool threads")


def beat() -> Finding:
    """Whether a tick of beat was carried out within the last minute, by the ticks' worker."""
    command = "celery -A convertr beat"
    return _seen("beat", f"{command} and celery -A convertr worker --queues ticks --pool solo")


def sender() -> Finding:
    """Whether the worker that calls other people's servers looked for work in the last minute."""
    return _seen("sender", "celery -A convertr worker --queues outbound --pool solo")


def _seen(name: str, command: str) -> Finding:
    try:
        seen = Heartbeat.objects.filter(pk=name).values_list("seen_at", flat=True).first()
    except DatabaseError:
        return unwell(name, "is unknown without the database")
    if seen is None:
        return unwell(name, f"was never seen; start it: {command}")
    ago = timezone.now() - seen
    if ago > SEEN_WITHIN:
        return unwell(name, f"was last seen {_ago(ago)} ago; look at its log, start it: {command}")
    return well(name, f"seen {_ago(ago)} ago")


def _ago(ago: timedelta) -> str:
    return f"{max(0, round(ago.total_seconds()))} s"


def storage() -> Finding:
    """Whether a file can be written, read back and removed."""
    content = get_random_string(20).encode()
    try:
        name = default_storage.save("doctor.txt", ContentFile(content))
        with default_storage.open(name) as file:
            same = file.read() == content
        default_storage.delete(name)
    except Exception as error:  # noqa: BLE001  each storage has errors of its own
        kind = type(error).__name__
        return unwell("storage", f"can't be used ({kind}); correct STORAGE_URL")
    if not same:
        return unwell("storage", "gave back something else; look at STORAGE_URL")
    return well("storage", "writes and reads")


def migrations() -> Finding:
    """Whether the tables are those of this version."""
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return unwell("migrations", "are unknown without the database")
    if missing:
        return unwell("migrations", f"{missing} are missing; run manage.py migrate")
    return well("migrations", "all applied")


def clock() -> Finding:
    """Whether our clock and the database's agree: due times are compared between them."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select clock_timestamp()")
            theirs: datetime = cursor.fetchone()[0]
    except DatabaseError:
        return unwell("clock", "can't be compared without the database")
    apart = abs(timezone.now() - theirs)
    if apart > CLOCK_WITHIN:
        return unwell("clock", f"is {_ago(apart)} off the database's; set up NTP on both")
    return well("clock", "agrees with the database's")


READY: tuple[Callable[[], Finding], ...] = (database, broker, worker, beat)
ALL: tuple[Callable[[], Finding], ...] = (
    *(*READY, soon, sender, batches),
    *(replica, storage, migrations, clock),
)


def healthz(_: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_: HttpRequest) -> HttpResponse:
    """200 if database, broker, worker and beat are well, else 503; each one's state as JSON."""
    found = [check() for check in READY]
    ready = all(one.ok for one in found)
    body = {"ready": ready, **{one.name: "ok" if one.ok else one.text for one in found}}
    return JsonResponse(body, status=200 if ready else 503)


PATHS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class HealthMiddleware:
    """Answers probes before all else: they come by address, without a session or TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = PATHS.get(request.path_info)
        if view is None:
            return self.get_response(request)
        response = (
            HttpResponse(status=405) if request.method not in ("GET", "HEAD") else view(request)
        )
        response["Cache-Control"] = "no-store"
        return response
