"""The base of strict local HTTP servers: it records each request, and can be told to misbehave at any stage of one."""

from __future__ import annotations

import json
import socket
import threading
import time
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Stage(Enum):
    """How far a request gets before its fault strikes."""

    CONNECTED = "not a byte of the request read"
    READ = "the whole request read, not taken"
    TAKEN = "the request taken, not yet answered"


@dataclass(frozen=True)
class Answer:
    """What a server says: ``body`` goes as JSON unless it is text or bytes."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> tuple[str, bytes]:
        """Content type and bytes."""
        if isinstance(self.body, bytes):
            return "application/octet-stream", self.body
        if isinstance(self.body, str):
            return "text/plain; charset=utf-8", self.body.encode()
        return "application/json; charset=utf-8", json.dumps(self.body).encode()


class Refusal(Exception):
    """Raised by ``answer_to``: the request is not what the real server would take, and this is what that one says."""

    def __init__(self, status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body!r}")
        self.answer = Answer(status, body, headers or {})


@dataclass(frozen=True)
class Fault:
    """What happens to one request at ``stage``: the server gives ``answer``, drops the line, trickles, or hangs."""

    stage: Stage
    answer: Answer | None = None
    drops: bool = False
    trickles: bytes = b""


def say(status: int, body: Any = b"", *, stage: Stage = Stage.READ, **headers: str) -> Fault:
    """Answer with this status; ``Retry_After="7"`` becomes a header."""
    return Fault(stage, Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()}))


def too_many(retry_after: int, body: Any = b"") -> Fault:
    """429 with Retry-After in seconds."""
    return say(429, body, Retry_After=str(retry_after))


def hang(stage: Stage = Stage.READ) -> Fault:
    """Say nothing more, and keep the line open."""
    return Fault(stage)


def trickle(start: bytes) -> Fault:
    """Say ``start``, then a byte now and then, and never come to an end."""
    return Fault(Stage.READ, trickles=start)


def drop(stage: Stage) -> Fault:
    """Cut the connection."""
    return Fault(stage, drops=True)


@dataclass(frozen=True)
class Request:
    """One request as it came, with the time (seconds since the epoch)."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def content_type(self) -> str:
        """Without its parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a form, in their order, doubled ones twice."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def bearer(self) -> str:
        """The token of ``Authorization: Bearer``, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""

    @property
    def basic(self) -> tuple[str, str]:
        """User and password of ``Authorization: Basic``, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        user, _, password = b64decode(token).decode().partition(":") if scheme == "Basic" else ("", "", "")
        return user, password


@dataclass
class HttpSink:
    """``requests`` are all that came whole, ``refused`` what was not fit; the next requests meet ``faults`` in turn.

    A provider is a subclass with ``answer_to``; it keeps what it took in a list of its own. ``delay`` is the time in
    seconds between taking a request and answering it.
    """

    faults: deque[Fault | None] = field(default_factory=deque)
    delay: float = 0.0
    requests: list[Request] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    connections: int = 0
    on_request: Callable[[Request], None] | None = None
    port: int = 0
    host: str = "127.0.0.1"

    def answer_to(self, request: Request) -> Answer:
        """What this server says to a request. Raises Refusal for one that it does not take."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server((self.host, self.port), _conversation(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="http sink", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def then(self, *faults: Fault | None) -> None:
        """Script the next requests; None is a request that meets no fault."""
        self.faults.extend(faults)

    def of(self, path: str) -> list[Request]:
        """The requests to one path."""
        return [request for request in self.requests if request.path == path]

    def take(self, request: Request, fault: Fault | None) -> Answer | Fault:
        """The answer to give, or the fault that keeps it back. One request at a time, as a table lock would."""
        self.requests.append(request)
        if self.on_request:
            self.on_request(request)
        if fault and fault.stage is Stage.READ:
            return fault.answer or fault
        with self._lock:
            try:
                answer = self.answer_to(request)
            except Refusal as refusal:
                self.refused.append(f"{request.method} {request.path}: {refusal}")
                answer = refusal.answer
        time.sleep(self.delay)
        if fault and fault.stage is Stage.TAKEN:
            return fault.answer or fault
        return answer

    def next_fault(self, *stages: Stage) -> Fault | None:
        """Take the next scripted fault off the script if it strikes at one of these stages."""
        with self._lock:
            if not self.faults or (self.faults[0] is not None and self.faults[0].stage not in stages):
                return None
            if self.faults[0] is None and Stage.READ not in stages:
                return None
            return self.faults.popleft()

    def has_closed(self, *, within: float) -> bool:
        """Whether the sink closed meanwhile; seconds."""
        return self._closing.wait(within)

    def wait_for_ever(self) -> None:
        """Until the sink closes."""
        self._closing.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left in the middle is none of ours; anything else shows in the test's output."""
        with suppress(ConnectionError, TimeoutError):
            raise  # noqa: PLE0704 the error being handled


def _conversation(sink: HttpSink) -> type[BaseHTTPRequestHandler]:
    class Conversation(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "sink"

        def setup(self) -> None:
            super().setup()
            sink.connections += 1
            # Head and body of an answer are two small packets; Nagle would hold the second one for 40 ms.
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def handle_one_request(self) -> None:
            try:
                has_come = bool(self.rfile.peek(1))
            except OSError:
                has_come = False
            if not has_come:
                self.close_connection = True
                return
            fault = sink.next_fault(Stage.CONNECTED)
            if fault:
                self._strike(fault)
                return
            super().handle_one_request()

        def _serve(self) -> None:
            request = Request(
                method=self.command,
                target=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self._body(),
                at=time.time(),
            )
            said = sink.take(request, sink.next_fault(Stage.READ, Stage.TAKEN))
            if isinstance(said, Fault):
                self._strike(said)
            else:
                self._answer(said)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, answer: Answer) -> None:
            content_type, content = answer.content
            self.send_response(answer.status, _reason(answer.status))
            for name, value in {"Content-Type": content_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _strike(self, fault: Fault) -> None:
            self.close_connection = True
            if fault.answer:
                self._answer_unread(fault.answer)
            elif fault.trickles:
                self._trickle(fault.trickles)
            elif not fault.drops:
                sink.wait_for_ever()
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def _trickle(self, start: bytes) -> None:
            self.connection.sendall(start)
            with suppress(OSError):
                while not sink.has_closed(within=0.05):
                    self.connection.sendall(b"a")

        def _answer_unread(self, answer: Answer) -> None:
            """Speak before a word was read, as a gateway does that is too busy."""
            content_type, content = answer.content
            headers = {"Content-Type": content_type, **answer.headers, "Content-Length": str(len(content))}
            lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}", *(f"{k}: {v}" for k, v in headers.items())]
            self.connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + content)

        def log_message(self, *_: object) -> None:
            """What came is in ``requests``."""

    for method in METHODS:
        setattr(Conversation, f"do_{method}", Conversation._serve)
    return Conversation


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
