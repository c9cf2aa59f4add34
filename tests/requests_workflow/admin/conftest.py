"""An administrator who is signed in."""

import pytest


@pytest.fixture
def admin(sign_in, admin_user):
    return sign_in(admin_user)
