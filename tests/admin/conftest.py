"""People at the keyboard of the back office."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from financy_support.desk.people.user import User
from tests.cast import Cast


@pytest.fixture
def at_the_desk(cast: Cast) -> Callable[[User], Client]:
    """``at_the_desk(cast.tom)``: a browser in which that person is logged in."""

    def sit_down(person: User) -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sit_down
