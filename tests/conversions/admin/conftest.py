"""An administrator, whose files are kept in a folder of the test."""

import pytest

from tests.factories import (
    make_offer,
)


@pytest.fixture
def admin(sign_in, admin_user, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }
    return sign_in(admin_user)


@pytest.fixture
def offer(partner):
    return make_offer(partners=[partner], rates={"payout_percent": 10, "revenue_percent": 20})
