"""Whoever trickles an answer, byte by byte and without an end, keeps a worker no longer than who hangs."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import requests

from communications.channels.in_time import in_time
from communications.channels.wire import NoAnswer, ask
from tests.sinks.http import Answer, HttpSink, Request, trickle

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
TRICKLES = {
    "status line": b"HTTP/1.1 20",
    "headers": HEAD + b"X-Slow: ",
    "body": HEAD + b"Content-Length: 100000\r\n\r\n",
    "chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
}
PATIENCE = 0.4


class Plain(HttpSink):
    def answer_to(self, request: Request) -> Answer:
        return Answer(200, "well")


@pytest.fixture
def server(settings):
    settings.PROVIDER_TIMEOUT = PATIENCE
    with Plain() as one:
        yield one


@pytest.mark.parametrize("start", TRICKLES.values(), ids=TRICKLES)
@pytest.mark.parametrize("is_outside", [True, False])
def test_an_answer_that_trickles_ends_with_the_time_out(server, settings, start, is_outside):
    settings.WEBHOOKS_TO_LOOPBACK = True
    server.then(trickle(start))
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        ask("GET", server.url, is_outside=is_outside)
    assert time.monotonic() - began < PATIENCE * 3
    assert ask("GET", server.url, is_outside=is_outside).text == "well"


def test_so_does_a_handshake_that_trickles(settings):
    settings.PROVIDER_TIMEOUT = PATIENCE
    with socket.create_server(("127.0.0.1", 0)) as listener:
        is_over = threading.Event()

        def shake_slowly() -> None:
            line, _ = listener.accept()
            with line:
                line.sendall(b"\x16\x03\x03\x40\x00")  # a handshake record of 16,384 bytes, which never comes whole
                while not is_over.wait(0.05):
                    try:
                        line.sendall(b"\x02")
                    except OSError:
                        return

        shaker = threading.Thread(target=shake_slowly)
        shaker.start()
        began = time.monotonic()
        with pytest.raises(Exception, match="line broke|no answer"):
            ask("GET", f"https://127.0.0.1:{listener.getsockname()[1]}/")
        took = time.monotonic() - began
        is_over.set()
        shaker.join()
    assert took < PATIENCE * 3


def test_a_library_s_own_session_is_cut_too_and_goes_on_afterwards(server):
    with requests.Session() as session:
        server.then(trickle(TRICKLES["headers"]))
        with pytest.raises(requests.RequestException), in_time(session, PATIENCE):
            session.get(server.url, timeout=PATIENCE)
        for _ in range(2):
            with in_time(session, PATIENCE):
                assert session.get(server.url, timeout=PATIENCE).text == "well"
    assert server.connections == 2


def test_who_answers_in_time_is_not_cut_afterwards(server):
    with requests.Session() as session:
        with in_time(session, 0.1):
            session.get(server.url)
        time.sleep(0.2)
        with in_time(session, 5):
            assert session.get(server.url).text == "well"
    assert server.connections == 1
