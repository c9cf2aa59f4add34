"""Writes a payload into every text that people, partners, callers of the APIs and files can fill.

Found by walking the models: a new field is poisoned too, until it is named among OURS.
"""

import json
import re
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from tests.attack.html import PAYLOAD, SCRIPT

APPS = {
    "accounts", "network", "jobs", "audit", "http_api", "ui", "conversions", "requests_workflow",
    "leads", "batches", "auth",
}  # fmt: skip
# Words of the product's own, by the name of their field: codes, keys of registries, digests.
OURS = {
    "action", "channel", "code", "codename", "condition_field", "content_type", "digest",
    "error_code", "failure_code", "family_hash", "hash", "input_sha256", "kind", "list_name",
    "machine", "name_of_kind", "operation_id", "outcome", "password", "pgh_label", "postback_token",
    "prefix", "reason_code", "reason_category", "refresh_hash", "sha256", "stored", "time_zone",
    "type", "stage", "field", "Notification.url", "Integration.file",
    "host_key",
}  # fmt: skip
# Of JSON, what is chosen from a list or worked out, and checked when it is read.
CHOSEN = {"zone", "delimiter"}
# All of them is what somebody sent, keys included.
SENT = {"received", "data", "parameters", "before", "after", "wanted", "agreed"}
# A word of ours within JSON: a code, a number, a time, an address' part.
WORD = re.compile(r"[a-z0-9_.:+-]*\Z|[\d T:.+Z-]*\Z|[a-z]+:\w+\Z")


def poison(payload=PAYLOAD):
    """The names of all fields that now hold the payload."""
    done = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in apps.get_models():
            if model._meta.app_label in APPS and not model._meta.proxy and model._meta.managed:
                done += list(fields_of(cursor, model, payload))
        cursor.execute("SET LOCAL session_replication_role = origin")
    return done


def fields_of(cursor, model, payload):
    for field in model._meta.concrete_fields:
        if (
            {field.name, f"{model.__name__}.{field.name}"} & OURS
            or field.choices
            or field.is_relation
        ):
            continue
        table, column = model._meta.db_table, field.column
        if isinstance(field, models.JSONField):
            poison_json(cursor, table, column, Poison(payload, whole=field.name in SENT))
        elif isinstance(field, ArrayField) and isinstance(field.base_field, models.TextField):
            sql = f'UPDATE {table} SET "{column}" = ARRAY(SELECT %s FROM unnest("{column}"))'
            cursor.execute(f"{sql} WHERE \"{column}\" <> '{{}}'", [payload])
        elif isinstance(field, models.CharField | models.TextField) and holds(field):
            text = SCRIPT if "url" in field.name else payload
            sql = f'UPDATE {table} SET "{column}" = left(%s || ctid::text, {longest(field)})'
            cursor.execute(f'{sql} WHERE "{column}" IS NOT NULL', [text])
        else:
            continue
        yield f"{model._meta.label}.{field.name}"


def longest(field):
    return field.max_length or 1_000


def holds(field):
    return longest(field) >= len(PAYLOAD)


def poison_json(cursor, table, column, spoil):
    cursor.execute(f'SELECT tableoid::text, ctid::text, "{column}"::text FROM {table}')
    for table_id, row, value in cursor.fetchall():
        if value is not None:
            cursor.execute(
                f'UPDATE {table} SET "{column}" = %s::jsonb'
                " WHERE tableoid = %s::oid AND ctid = %s::tid",
                [json.dumps(spoil(json.loads(value))), table_id, row],
            )


@dataclass
class Poison:
    payload: str
    # Whether words of ours are spoilt, too.
    whole: bool

    def __call__(self, value):
        if isinstance(value, dict):
            return {key: one if key in CHOSEN else self(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self(one) for one in value]
        spoilt = isinstance(value, str) and (self.whole or not WORD.match(value))
        return self.payload if spoilt else value
