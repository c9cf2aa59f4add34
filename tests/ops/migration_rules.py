"""What a migration may do while the version before it serves (docs/production.md, "Updating").

A migration that has to do more says why that is safe in `safe_because`, a text of its class.
"""

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import connection, models
from django.db.migrations import operations as ops

# Whose rows come in by the million: nothing may read or lock them as a whole.
BIG = {
    "conversions.conversion", "conversions.conversionevent", "conversions.postbackevent",
    "conversions.postbackattempt", "conversions.postbackcall", "jobs.job", "jobs.jobrow",
    "leads.lead", "leads.leadevent", "leads.leadrun", "leads.fingerprint", "leads.leaddelivery",
    "batches.batchlead", "batches.call", "batches.callattempt", "http_api.apicall",
    "requests_workflow.conversionrequest", "requests_workflow.requestevent", "audit.entry",
}  # fmt: skip
RENAMES = (ops.RenameField, ops.RenameModel, ops.AlterModelTable)
UNCLEAR = (ops.RunSQL, ops.RunPython)


def faults(migration, state):
    """What is wrong with it; `state` is the project's before it."""
    if getattr(migration, "safe_because", ""):
        return []
    made, found = set(), []
    for operation in migration.operations:
        label = f"{migration.app_label}.{getattr(operation, 'model_name', '')}".lower()
        if isinstance(operation, ops.CreateModel):
            made.add(f"{migration.app_label}.{operation.name}".lower())
        else:
            found += fault(operation, label, state, new=label in made)
        operation.state_forwards(migration.app_label, state)
    return found


def fault(operation, label, state, *, new):
    """Of one operation on a model; one that the same migration has made may be changed at will."""
    name, big = operation.describe(), label in BIG and not new
    if isinstance(operation, RENAMES):
        return [f"{name}: the old version asks for the old name. Add, copy, and drop later."]
    if isinstance(operation, (ops.RemoveField, ops.DeleteModel)):
        return [f"{name}: the old version still asks for it. Drop it a release later."]
    if isinstance(operation, UNCLEAR):
        return [f"{name}: nobody can see how long it locks what. Say so in safe_because."]
    if isinstance(operation, ops.AddField) and not new:
        return added(name, operation.field, big=big)
    if isinstance(operation, ops.AlterField) and not new:
        before = state.models[tuple(label.split("."))].get_field(operation.name)
        return altered(name, before, operation.field, big=big)
    if isinstance(operation, ops.AddIndex) and not isinstance(operation, NotInTransactionMixin):
        return [f"{name}: use AddIndexConcurrently, in a migration of its own."] if big else []
    if isinstance(operation, ops.AddConstraint):
        return constrained(name, operation, big=big)
    return []


def added(name, field, *, big):
    found = []
    many = isinstance(field, models.ManyToManyField)
    if not many and not field.null and field.db_default is models.NOT_PROVIDED:
        found.append(f"{name}: the old version writes rows without it. Give it null or db_default.")
    if big and (field.unique or field.db_index):
        found.append(f"{name}: its index locks the table. Add the index concurrently, later.")
    return found


def altered(name, before, after, *, big):
    found = []
    if before.null and not after.null:
        found.append(f"{name}: the old version may still write NULL. Do it a release later.")
    types = [field.db_parameters(connection) for field in (before, after)]
    if big and types[0] != types[1]:
        found.append(f"{name}: it may write all rows anew. Add another column instead.")
    if big and (after.unique or after.db_index) and not (before.unique or before.db_index):
        found.append(f"{name}: its index locks the table. Add the index concurrently.")
    return found


def constrained(name, operation, *, big):
    if not big or isinstance(operation, NotInTransactionMixin):
        return []
    if type(operation).__name__ == "AddConstraintNotValid":
        return []
    return [f"{name}: it reads the whole table under a lock. Add it NOT VALID, validate later."]
