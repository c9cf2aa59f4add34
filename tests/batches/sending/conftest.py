"""An integration whose run is due."""

import pytest

from tests.batches.kit import make_integration


@pytest.fixture
def integration(memory):
    return make_integration(due=True)
