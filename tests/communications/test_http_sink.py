"""The server that tests of other lines lean on does what its faults say, seen by a plain client on a real socket."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tests.sinks.http import Answer, Fault, HttpSink, Refusal, Request, Stage, drop, hang, say, too_many


class Echo(HttpSink):
    """Takes everything but the word “bad”."""

    def answer_to(self, request: Request) -> Answer:
        if request.body == b"bad":
            raise Refusal(400, {"error": "bad"})
        return Answer(201, {"took": request.body.decode()}, {"X-Echo": "1"})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


def post(server: HttpSink, body: bytes = b"word", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.3)
    try:
        line.request("POST", "/here?a=1", body, headers)
        answer = line.getresponse()
        return answer.status, answer.read(), dict(answer.headers)
    finally:
        line.close()


def test_a_request_is_recorded_whole_and_answered_as_json(echo):
    status, body, headers = post(echo, Authorization="Bearer secret")
    assert (status, body, headers["X-Echo"]) == (201, b'{"took": "word"}', "1")
    (request,) = echo.requests
    assert (request.method, request.path, request.query) == ("POST", "/here", {"a": ["1"]})
    assert (request.body, request.bearer) == (b"word", "secret")
    assert echo.refused == []


def test_what_is_not_fit_is_refused_and_noted(echo):
    assert post(echo, b"bad")[:2] == (400, b'{"error": "bad"}')
    assert echo.refused == ["POST /here: 400 {'error': 'bad'}"]


def test_two_requests_go_over_one_connection(echo):
    line = http.client.HTTPConnection("127.0.0.1", echo.port, timeout=0.3)
    for _ in range(2):
        line.request("POST", "/", b"again")
        assert line.getresponse().read() == b'{"took": "again"}'
    line.close()
    assert echo.connections == 1


def test_a_body_without_a_length_comes_in_chunks(echo):
    line = http.client.HTTPConnection("127.0.0.1", echo.port, timeout=0.3)
    line.request("POST", "/", iter([b"in ", b"pieces"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert line.getresponse().read() == b'{"took": "in pieces"}'
    line.close()


def test_faults_strike_the_next_requests_in_turn(echo):
    echo.then(too_many(7), None, say(500, "down"))
    assert [(answer[0], answer[2].get("Retry-After")) for answer in (post(echo), post(echo), post(echo))] == [
        (429, "7"),
        (201, None),
        (500, None),
    ]


@pytest.mark.parametrize(
    ("fault", "requests", "came"),
    [
        (drop(Stage.CONNECTED), 0, ConnectionError),
        (drop(Stage.READ), 1, ConnectionError),
        (drop(Stage.TAKEN), 1, ConnectionError),
        (hang(Stage.CONNECTED), 0, TimeoutError),
        (hang(), 1, TimeoutError),
        (hang(Stage.TAKEN), 1, TimeoutError),
    ],
)
def test_a_line_is_cut_or_falls_silent_where_the_script_says(echo: Echo, fault: Fault, requests: int, came: type):
    echo.then(fault)
    with pytest.raises(came):
        post(echo)
    assert len(echo.requests) == requests
    assert post(echo)[0] == 201


def test_a_gateway_may_answer_before_it_reads(echo):
    echo.then(say(503, "busy", stage=Stage.CONNECTED))
    assert post(echo)[:2] == (503, b"busy")
    assert echo.requests == []
