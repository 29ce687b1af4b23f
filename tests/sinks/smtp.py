"""A recording SMTP server as strict as real ones: in a thread, or (`python -m tests.sinks.smtp`) in a process."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from enum import Enum
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
HEADER_LINE = re.compile(rb"[!-9;-~]+: ?[\x20-\x7e\t]*|[ \t][\x20-\x7e\t]*\S[\x20-\x7e\t]*")
MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
NEEDED_ONCE = ("Date", "From", "Message-ID")
AT_MOST_ONCE = ("Subject", "To", "Reply-To", "Auto-Submitted", "Content-Type", "MIME-Version")
LONGEST_LINE = 998
FOR_EVER = 3600.0
NULL_PATH = "<>"  # of what must not be answered (RFC 5321 §4.5.5)


class Stage(Enum):
    """How far a mail gets before its fault strikes."""

    RECIPIENT = "at RCPT"
    DATA = "at DATA, before a word of the mail"
    READ = "the whole mail read, not taken"
    TAKEN = "the mail taken, not yet confirmed"


@dataclass(frozen=True)
class Fault:
    """What happens to one mail at ``stage``: the server answers ``reply``, or drops the line, or (both empty) hangs."""

    stage: Stage
    reply: str = ""
    drops: bool = False


def refuse(reply: str, stage: Stage = Stage.RECIPIENT) -> Fault:
    """Answer with an SMTP reply such as “450 4.2.0 Greylisted”."""
    return Fault(stage, reply=reply)


def hang(stage: Stage) -> Fault:
    """Say nothing more."""
    return Fault(stage)


def drop(stage: Stage) -> Fault:
    """Cut the connection."""
    return Fault(stage, drops=True)


@dataclass(frozen=True)
class Mail:
    """One mail that was taken, with its envelope and the time (seconds since the epoch)."""

    sender: str
    recipients: list[str]
    content: bytes
    at: float

    @property
    def parsed(self) -> EmailMessage:
        """The mail as a reader's program sees it."""
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]  # by its policy

    @property
    def header_lines(self) -> list[bytes]:
        """The lines above the first empty one."""
        return self.content.partition(b"\r\n\r\n")[0].split(b"\r\n")


@dataclass
class SmtpSink:
    """``mails`` were taken, ``refused`` were not fit for the wire; the next mails meet ``faults`` in turn.

    ``delay`` is the time in seconds between taking a mail and confirming it: what is killed in it doubles.
    ``greeting_delay`` is the time before a new connection is answered at all.
    """

    faults: deque[Fault | None] = field(default_factory=deque)
    delay: float = 0.0
    greeting_delay: float = 0.0
    mails: list[Mail] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    tried: int = 0
    lines: list[_Conversation] = field(default_factory=list)
    on_mail: Callable[[Mail], None] | None = None
    port: int = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self.listen(0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp sink", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    def then(self, *faults: Fault | None) -> None:
        """Script the next mails; None is a mail that meets no fault."""
        self.faults.extend(faults)

    def cut(self) -> None:
        """Cut every open connection, as a server that restarts does."""
        lines = [line.transport for line in self.lines if line.transport is not None]
        for line in lines:
            self._loop.call_soon_threadsafe(line.abort)
        while any(line.transport is not None for line in self.lines):
            time.sleep(0.001)

    async def listen(self, port: int) -> asyncio.Server:
        """Serve on this port of 127.0.0.1 (0: a free one)."""
        return await asyncio.get_running_loop().create_server(lambda: _Conversation(self), "127.0.0.1", port)

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class _Conversation(SMTP):
    """One connection: it offers no 8BITMIME and no SMTPUTF8, as the oldest server on a mail's way may."""

    def __init__(self, sink: SmtpSink) -> None:
        super().__init__(self, enable_SMTPUTF8=False, hostname="sink.example", ident="sink")
        self.sink = sink
        self.fault: Fault | None = None
        sink.lines.append(self)

    async def handle_EHLO(  # noqa: N802 its name in aiosmtpd
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        await asyncio.sleep(self.sink.greeting_delay)
        return [line for line in responses if "8BITMIME" not in line]

    async def handle_MAIL(  # noqa: N802 its name in aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sink.tried += 1
        self.fault = self.sink.faults.popleft() if self.sink.faults else None
        if address != NULL_PATH and not ADDRESS.fullmatch(address):
            return self._unfit(f"553 5.1.7 Bad sender address {address!r}")
        envelope.mail_from = address
        envelope.mail_options = options
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802 its name in aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not ADDRESS.fullmatch(address):
            return self._unfit(f"553 5.1.3 Bad recipient address {address!r}")
        envelope.rcpt_tos.append(address)
        return await self._strike(Stage.RECIPIENT) or "250 2.1.5 Recipient ok"

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 its name in aiosmtpd
        reply = await self._strike(Stage.DATA)
        await (self.push(reply) if reply else super().smtp_DATA(arg))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 its name in aiosmtpd
        content = envelope.content
        assert isinstance(content, bytes)
        unfit = unfit_for_the_wire(content)
        if unfit:
            return self._unfit(f"554 5.6.0 {unfit}")
        reply = await self._strike(Stage.READ)
        if reply:
            return reply
        sender = "" if envelope.mail_from == NULL_PATH else envelope.mail_from or ""
        mail = Mail(sender, list(envelope.rcpt_tos), content, time.time())
        self.sink.mails.append(mail)
        if self.sink.on_mail:
            self.sink.on_mail(mail)
        await asyncio.sleep(self.sink.delay)
        return await self._strike(Stage.TAKEN) or "250 2.0.0 Taken"

    def _unfit(self, reply: str) -> str:
        self.sink.refused.append(reply)
        return reply

    async def _strike(self, stage: Stage) -> str:
        if self.fault is None or self.fault.stage is not stage:
            return ""
        if self.fault.reply:
            return self.fault.reply
        if self.fault.drops and self.transport is not None:
            self.transport.abort()
        await asyncio.sleep(FOR_EVER)  # until the line is cut, by this side or the other
        return ""


def unfit_for_the_wire(content: bytes) -> str:
    """Why a strict server refuses these bytes (RFC 5321, 5322 without extensions), or nothing."""
    if re.search(rb"[\x80-\xff\x00]", content):
        return "Eight-bit or NUL bytes, though 8BITMIME was not offered"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
        return "A bare CR or LF"
    if any(len(line) > LONGEST_LINE for line in content.split(b"\r\n")):
        return "A line longer than 998"
    for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if not HEADER_LINE.fullmatch(line):
            return f"No header line: {line!r}"
    mail = message_from_bytes(content, policy=policy.compat32)
    for name in NEEDED_ONCE + AT_MOST_ONCE:
        count = len(mail.get_all(name, []))
        if count > 1 or (count == 0 and name in NEEDED_ONCE):
            return f"{count} headers {name}"
    if not MESSAGE_ID.fullmatch(str(mail["Message-ID"])):
        return f"Bad Message-ID {mail['Message-ID']}"
    if parsedate_to_datetime(str(mail["Date"])).tzinfo is None:
        return f"Bad Date {mail['Date']}"
    return ""


def record_of(mail: Mail) -> dict[str, Any]:
    """What the process form writes down of each mail."""
    parsed = message_from_bytes(mail.content)
    return {
        "at": mail.at,
        "to": mail.recipients,
        "message_id": parsed["Message-ID"],
        "about": parsed["X-Financy-Reference"],
    }


async def _serve(port: int, record: Path, delay: float) -> None:
    with record.open("a", buffering=1, encoding="utf-8") as file:
        sink = SmtpSink(delay=delay, on_mail=lambda mail: print(json.dumps(record_of(mail)), file=file))
        server = await sink.listen(port)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record", type=Path, required=True, help="a JSON line for each mail, before it is confirmed")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between taking and confirming a mail")
    asked = parser.parse_args()
    asyncio.run(_serve(asked.port, asked.record, asked.delay))
