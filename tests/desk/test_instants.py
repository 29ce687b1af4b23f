"""Instants come back from PostgreSQL exactly, by the quick way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from financy_support.desk.time.instants import UtcInstant


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1),
        datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_an_instant_survives_the_round_trip(db, instant):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [instant])
        (back,) = cursor.fetchone()
        assert back == instant
        assert back.tzinfo is UTC
        assert cursor.cursor.connection.adapters.get_loader(1184, 0) is UtcInstant
