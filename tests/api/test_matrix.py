"""Who may do what to whose: the whole table is checked in, and any difference fails.

After a change that is meant: ``DESK_WRITE_MATRIX=1 pytest tests/api/test_matrix.py``, and read the diff of matrix.csv.
"""

from __future__ import annotations

import os
import re

import pytest
from django.urls import get_resolver

from tests.api import matrix
from tests.api.matrix import MISSING

# The reviewed list of what anybody may open; everything else asks who they are.
OPEN_TO_ALL = {
    # The help centre is everybody's; only its contact form takes a word, and shows nothing of anybody's.
    "help/",
    "help/sitemap.xml",
    "help/<language:language>/",
    "help/<language:language>/search/",
    "help/<language:language>/suggest/",
    "help/<language:language>/feed.atom",
    "help/<language:language>/<slug:slug>/vote/",
    "help/<language:language>/<slug:slug>/feedback/",
    "^help/(?P<language>en|pt|es)/contact/$",
    # Asks for an address, and answers alike whether or not it is known; the rest of it wants a session (tests/portal).
    "help/<language:language>/requests/",
    "",
    "admin/login/",
    "admin/logout/",
    "admin/jsi18n/",
    "api/v1/chat/visitors/",
    "api/v1/docs/",
    "api/v1/schema/",
    "chat/",
    "health/live",
    "health/ready",
    "metrics",
    "survey/<str:token>/",
}


@pytest.fixture
def knocks(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.DESK_API_REQUESTS_PER_MINUTE = settings.DESK_CHAT_VISITORS_PER_MINUTE = 1_000_000
    return list(matrix.knock(cast))


def test_the_matrix_is_as_checked_in_and_tells_nobody_what_exists(knocks):
    rows = matrix.table(knocks)
    if os.environ.get("DESK_WRITE_MATRIX"):
        matrix.write(rows)
    assert rows == matrix.read()
    assert not [one for one in knocks if one.status >= 500]
    foreign_is_missing(knocks)


def foreign_is_missing(knocks):
    """Where reading is 404, every door answers exactly as for what does not exist."""
    answers = {(one.actor, one.route, one.method, one.thing): (one.status, one.content) for one in knocks}
    for door in ("tickets/<str:reference>/", "customers/<int:number>/", "organisations/<int:number>/"):
        hidden = {(one.actor, one.thing) for one in knocks if (one.route, one.method, one.status) == (door, "get", 404)}
        assert len(hidden) >= 20, door
        for one in knocks:
            if one.route.startswith(door) and (one.actor, one.thing) in hidden:
                of_nothing = answers[one.actor, one.route, one.method, MISSING]
                assert (one.status, one.content) == of_nothing, (one.actor, one.route, one.method, one.thing)


def test_what_is_no_view_of_the_desk_is_the_description_alone():
    every = {route for route, _ in matrix.walk(get_resolver().url_patterns) if route.startswith("api/v1/")}
    assert {route.removeprefix("api/v1/") for route in every} - set(matrix.routes()) == {"schema/", "docs/"}


def test_every_door_that_takes_a_body_has_one_in_the_matrix():
    taking = {
        (route, method)
        for route, view in matrix.routes().items()
        for method in ("post", "put", "patch")
        if hasattr(view, method)
    }
    assert taking == set(matrix.BODIES)


def test_nobody_without_a_name_gets_past_any_door(db, client):
    opened = set()
    for route, _ in matrix.walk(get_resolver().url_patterns):
        address = "/" + route.replace("<str:reference>", "FIN-000001").replace("<int:number>", "1")
        for method in ("get", "post", "put", "patch", "delete"):
            answer = getattr(client, method)(sample(address))
            sent_to_log_in = answer.status_code == 302 and "/login/" in answer["Location"]
            if answer.status_code not in (401, 403, 404, 405) and not sent_to_log_in:
                opened.add(route)
    assert opened <= OPEN_TO_ALL, opened - OPEN_TO_ALL


def sample(address):
    """An address with a value for whatever stands in brackets."""
    address = re.sub(r"<language:language>|\(\?P<language>[^)]*\)", "en", address)
    return re.sub(r"<[^>]*>", "1", address).replace("^", "").replace("$", "").replace("\\Z", "")
