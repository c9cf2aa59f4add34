"""Migrations are safe while the old version serves: looked at one by one, and never in the way."""

import threading

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from tests.ops.migration_rules import faults
from tests.workers import until

OURS = {
    "accounts", "network", "jobs", "audit", "http_api", "ui", "conversions", "requests_workflow",
    "leads", "batches",
}  # fmt: skip
# Made before the first release: no older version ever served beside them.
BEFORE_THE_FIRST_RELEASE = {
    "accounts": 4, "network": 3, "jobs": 3, "audit": 1, "http_api": 1, "ui": 1, "conversions": 5,
    "requests_workflow": 2, "leads": 4, "batches": 1,
}  # fmt: skip


def test_no_migration_breaks_or_holds_up_the_version_before_it():
    loader = MigrationLoader(None)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app in OURS and int(name[:4]) > BEFORE_THE_FIRST_RELEASE[app]:
            assert faults(migration, loader.project_state((app, name), at_end=False)) == [], name


def lead(**more):
    fields = [("id", models.BigAutoField(primary_key=True)), ("a", models.TextField(null=True))]
    return ModelState("leads", "lead", [*fields, ("b", models.IntegerField()), *more.items()])


def field(name, kind, model="lead", alter=False):
    made = migrations.AlterField if alter else migrations.AddField
    return made(model, name, kind)


INDEX = models.Index(fields=["a"], name="by_a")
CHECK = models.CheckConstraint(condition=models.Q(b__gt=0), name="positive")


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([field("c", models.TextField(null=True))], ""),
        ([field("c", models.TextField(db_default=""))], ""),
        ([field("c", models.TextField(default=""))], "null or db_default"),
        ([field("c", models.TextField(null=True, unique=True))], "index locks"),
        ([field("c", models.TextField(null=True, db_index=True))], "index locks"),
        ([field("a", models.TextField(default=""), alter=True)], "still write NULL"),
        ([field("b", models.BigIntegerField(), alter=True)], "all rows anew"),
        ([field("b", models.IntegerField(verbose_name="B"), alter=True)], ""),
        ([migrations.RenameField("lead", "a", "c")], "old name"),
        ([migrations.RenameModel("lead", "person")], "old name"),
        ([migrations.AlterModelTable("lead", "people")], "old name"),
        ([migrations.RemoveField("lead", "a")], "a release later"),
        ([migrations.DeleteModel("lead")], "a release later"),
        ([migrations.AddIndex("lead", INDEX)], "AddIndexConcurrently"),
        ([AddIndexConcurrently("lead", INDEX)], ""),
        ([migrations.AddConstraint("lead", CHECK)], "NOT VALID"),
        ([AddConstraintNotValid("lead", CHECK)], ""),
        ([migrations.RunSQL("SELECT 1")], "safe_because"),
        (
            [
                migrations.CreateModel("small", [("id", models.BigAutoField(primary_key=True))]),
                field("c", models.TextField(default=""), model="small"),
            ],
            "",
        ),
    ],
)
def test_what_would_break_or_lock_is_refused(operations, said):
    made = type("Migration", (migrations.Migration,), {"operations": operations})

    def found():
        return faults(made("0009_sample", "leads"), ProjectState({("leads", "lead"): lead()}))

    assert (said in found()[0]) if said else found() == []
    made.safe_because = "Only in this test."
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_migrate_gives_a_lock_up_and_says_so(settings):
    settings.MIGRATE_LOCK_SECONDS = 0.2
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            held.set()
            done.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    until(held.is_set)
    try:
        with pytest.raises(CommandError, match="run migrate again"):
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        done.set()
        holder.join()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    call_command("migrate", verbosity=0, interactive=False)
