"""People at the keyboard of the back office."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from financy_support.desk.people.user import User
from tests.cast import Cast


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The usual hash is slow by design; here it would be most of the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def at_the_desk(cast: Cast) -> Callable[[User], Client]:
    """``at_the_desk(cast.tom)``: a browser in which that person is logged in."""

    def sit_down(person: User) -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sit_down
