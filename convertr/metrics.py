"""/metrics for Prometheus: requests from this host's web processes, jobs from the database."""

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from convertr.jobs.models import Job, State

# What apps measure besides, by name.
_measured: dict[str, Callable[[], Iterable[Metric]]] = {}

WAITING = (State.VERIFYING, State.QUEUED, State.RUNNING)
WINDOW = timedelta(hours=24)

REQUESTS = Counter("convertr_requests", "Requests answered.", ["method", "view", "status"])
SECONDS = Histogram(
    "convertr_request_seconds",
    "Time to answer a request, by view.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def register_metrics(name: str, measure: Callable[[], Iterable[Metric]]) -> None:
    """Have an app's figures among the others; `measure` asks the database when it is scraped."""
    _measured[name] = measure


class MetricsMiddleware:
    """Counts and times each request under its view's name; an address could hold an id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match and match.view_name else "none"
        method = request.method if request.method in ("GET", "HEAD", "POST", "PATCH") else "other"
        REQUESTS.labels(method, view, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - begun)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Everything in Prometheus' text form. In production it asks for METRICS_TOKEN as Bearer."""
    if not _may_read(request):
        return HttpResponse("Send METRICS_TOKEN as Bearer.", status=403, content_type="text/plain")
    jobs = CollectorRegistry()
    jobs.register(JobsCollector())
    return HttpResponse(
        generate_latest(_requests()) + generate_latest(jobs), content_type=CONTENT_TYPE_LATEST
    )


def _may_read(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    if not token:
        return not settings.PRODUCTION
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


def _requests() -> CollectorRegistry:
    """Ours alone, or, where web processes share a folder for it, all of theirs together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


class JobsCollector(Collector):
    """What the database and the broker know; silent about one that doesn't answer."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from (jobs_by_state(), rows_by_outcome(), *waiting())
            for measure in _measured.values():
                yield from measure()
        except DatabaseError:
            return
        finally:
            yield from messages()


def jobs_by_state() -> Metric:
    """Jobs of the last day by kind and state: done, failed, refused …"""
    family = GaugeMetricFamily(
        "convertr_jobs", "Jobs made in the last 24 hours.", labels=["kind", "state"]
    )
    recent = Job.objects.filter(created_at__gt=timezone.now() - WINDOW)
    for kind, state, number in recent.values_list("kind", "state").annotate(Count("pk")):
        family.add_metric([kind, state], number)
    return family


def rows_by_outcome() -> Metric:
    """Rows of those jobs by kind and outcome: applied, not_found, conflict …"""
    family = GaugeMetricFamily(
        "convertr_job_rows",
        "Rows of jobs made in the last 24 hours.",
        labels=["kind", "outcome"],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, key, sum(value::bigint) from jobs_job, jsonb_each_text(counts)"
            " where created_at > %s group by kind, key",
            [timezone.now() - WINDOW],
        )
        for kind, outcome, number in cursor.fetchall():
            family.add_metric([kind, outcome], number)
    return family


def waiting() -> tuple[Metric, Metric]:
    """How many jobs a worker still has to do, and how long the oldest has waited."""
    found = Job.objects.filter(state__in=WAITING, finished_at=None).aggregate(
        depth=Count("pk"), oldest=Min(Coalesce("confirmed_at", "created_at"))
    )
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return (
        GaugeMetricFamily("convertr_queue_depth", "Jobs waiting or running.", value=found["depth"]),
        GaugeMetricFamily(
            "convertr_queue_age_seconds", "How long the oldest of them has waited.", value=age
        ),
    )


def messages() -> Iterator[Metric]:
    """Nudges that no worker has taken yet, by queue."""
    queues = {"celery", *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}
    family = GaugeMetricFamily(
        "convertr_broker_messages", "Nudges not yet taken.", labels=["queue"]
    )
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            for queue in sorted(queues):
                family.add_metric([queue], client.llen(queue))
    except redis.RedisError:
        return
    yield family
