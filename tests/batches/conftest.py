import pytest

from batches import destinations
from tests.batches.kit import Memory


@pytest.fixture
def memory(monkeypatch):
    """The destination "memory"."""
    made = Memory()
    monkeypatch.setitem(destinations.KINDS, "memory", made)
    return made


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path):
    """Files of batches are of this test alone."""
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }
