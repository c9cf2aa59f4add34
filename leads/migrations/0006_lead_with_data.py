from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Leads go on coming in while the index is made, for which no transaction may be open."""

    atomic = False

    dependencies = [
        ("leads", "0005_erasing"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("erased_at", None)), fields=["id"], name="lead_with_data"
            ),
        ),
    ]
