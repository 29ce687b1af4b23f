"""What a body may not do: reach foreign things by their ids, or set fields that are not its own (A3, A5)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financy_support.desk.audit.triggers import append_only_models, audited_models, history_model_of
from knowledge.models import Translation
from tests.api import matrix
from tests.make import make_ticket

EVERY_FIELD = sorted({field.name for model in apps.get_models() for field in model._meta.get_fields()})


def written(cursor: Any) -> dict[str, int]:
    """How many rows every table of record has; any change of any row adds to one of them."""
    tables = [history_model_of(model)._meta.db_table for model in audited_models()]
    tables += [model._meta.db_table for model in append_only_models()]
    cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
    return dict(cursor.fetchall())


@pytest.fixture
def nothing_written():
    """``with``-less: call once for what stands, again to compare."""
    with connection.cursor() as cursor:
        yield lambda: written(cursor)


@pytest.fixture
def people(cast, api):
    own, foreign = make_ticket(cast.ben), make_ticket(cast.carmen)
    return {
        "own": own,
        "foreign": foreign,
        "customer": api(cast.ben),
        "agent": api(cast.tom),
        "numbers": {
            "customers": own.customer.pk,
            "organisations": own.customer.organisation_id,
            "articles": Translation.objects.public().earliest("id").pk,
            "articles/feedback": matrix.told_by(own.customer.user, own.reference).pk,
            **matrix.at_work(cast),
        },
        "ids": [
            foreign.pk,
            foreign.reference,
            str(cast.carmen.pk),
            cast.carmen.email,
            cast.carmen.user.pk,
            cast.carmen.user.email,
            foreign.replies.get().pk,
            cast.dan.organisation_id,
        ],
    }


def doors(method):
    """Those that take JSON: files and whole mails have no fields of ours."""
    takes_json = [route for route, taken in matrix.BODIES if taken == method and route != "inbound/mail/"]
    return sorted(route for route in takes_json if not callable(matrix.BODIES[route, method]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_field_that_a_door_does_not_name_does_anything(people, nothing_written, data):
    """Any name of any column of the desk, with any foreign id as its value, beside a body that would be taken."""
    method = data.draw(st.sampled_from(["post", "patch"]))
    route = data.draw(st.sampled_from(doors(method)))
    body = {
        key: people["numbers"][one.kind] if isinstance(one, matrix.Hanging) else one
        for key, one in matrix.BODIES[route, method].items()
    }
    name = data.draw(st.sampled_from([field for field in EVERY_FIELD if field not in known_fields(route, method)]))
    value = data.draw(st.sampled_from([*people["ids"], None, True, [1], {"id": 1}]))
    if route == "tickets/":
        body.pop("customer")
    client = people[data.draw(st.sampled_from(["customer", "agent"]))]
    before = nothing_written()
    number = people["numbers"].get(route.partition("/<")[0], people["own"].customer.organisation_id)
    address = f"/api/v1/{route}".replace("<str:reference>", people["own"].reference)
    address = address.replace("<int:number>", str(number))
    answer = getattr(client, method)(address, {**body, name: value}, headers={"If-Match": '"1"'})
    assert answer.status_code in (400, 403, 409), (answer.status_code, answer.content)
    assert nothing_written() == before


@cache
def known_fields(route, method):
    """What the door says it takes, from the API's description of itself."""
    description = described()
    address = f"/api/v1/{route}".replace("<str:reference>", "{reference}").replace("<int:number>", "{number}")
    body = description["paths"][address][method].get("requestBody")  # an empty body has none
    if body is None:
        return set()
    component = body["content"]["application/json"]["schema"]["$ref"]
    return set(description["components"]["schemas"][component.rpartition("/")[2]].get("properties", {}))


@cache
def described():
    """The whole description takes a second to make."""
    return SchemaGenerator().get_schema(request=None, public=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_foreign_id_in_a_field_that_is_there_is_refused_and_changes_nothing(people, nothing_written, data):
    """Fields that name somebody: whose question it is, and whom to give it to."""
    value = data.draw(st.sampled_from(people["ids"]))
    who = data.draw(st.sampled_from(["customer", "agent"]))
    opening = {"subject": "s", "description": "d", "customer": str(value)}
    asked = {
        "customer": ("/api/v1/tickets/", opening),
        "agent": (f"/api/v1/tickets/{people['own'].reference}/assign/", {"assignee": str(value)}),
    }[who]
    before = nothing_written()
    answer = people[who].post(*asked)
    assert answer.status_code == 400, (value, answer.content)
    assert nothing_written() == before


@pytest.mark.parametrize("parameter", ["cursor", "page_size", "ordering", "status", "customer", "assignee", "about"])
def test_a_foreign_id_in_a_query_shows_nothing_foreign(people, parameter):
    for value in people["ids"]:
        for path in ("tickets", "messages", "customers", "organisations"):
            answer = people["customer"].get(f"/api/v1/{path}/?{parameter}={value}")
            assert answer.status_code in (200, 400)
            assert b"Carmen" not in answer.content
            assert people["foreign"].reference.encode() not in answer.content.replace(str(value).encode(), b"")
