"""History can't be rewritten, by no code path (design.md)."""

import pytest
from django.db import ProgrammingError, transaction

from conversions.models import ConversionEvent
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rewrite", [lambda q: q.update(status="approved"), lambda q: q.delete()])
def test_an_event_is_neither_changed_nor_deleted(rewrite):
    event = ConversionEvent.objects.get(pgh_obj=make_conversion())
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        rewrite(ConversionEvent.objects.filter(pk=event.pk))
    assert ConversionEvent.objects.get(pk=event.pk).status == "pending"
