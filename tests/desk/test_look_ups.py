"""People are looked up by e-mail through an index, however many there are."""

from __future__ import annotations

import pytest
from django.db import connection

from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda: Customer.objects.filter(email__iexact="Ana@example.com"), "customer_email_unique_whatever_the_case"),
        (lambda: User.objects.filter(email__iexact="Ana@example.com"), "user_email_unique_whatever_the_case"),
    ],
)
def test_an_e_mail_is_looked_up_by_the_index_of_its_capitals(db, asked, index):
    """A table as small as a test's would be read whole; forbidding that shows whether the index can serve at all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = asked().explain(verbose=True)
    assert index in plan
    assert "Index Cond: (upper((" in plan
