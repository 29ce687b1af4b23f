"""The local mailbox: takes the desk's mail by SMTP and keeps each one as a file, so that nothing leaves the machine."""

import argparse
import asyncio
import itertools
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MAIL_BYTES = 50_000_000


class Mailbox:
    """Writes each mail to `<utc-timestamp>-<n>.eml`, its envelope on top as X-Envelope-From and X-Envelope-To."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Keep the mail and say so, or ask the sender to try again later."""
        try:
            self.keep(envelope)
        except OSError as error:
            return f"452 The mailbox cannot write: {error.strerror}"
        return "250 Kept"

    def keep(self, envelope: Envelope) -> Path:
        """Write one mail whole or not at all, and return its file. Raises OSError when the disk refuses."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{next(self._numbers)}.eml"
        draft = self._folder / f".{name}.new"
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        with draft.open("wb") as file:
            file.write(head.encode(errors="replace") + (envelope.original_content or b""))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self._folder / name


async def listen(port: int, mailbox: Mailbox) -> None:
    """Serve SMTP on this port of 127.0.0.1 until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: SMTP(mailbox, data_size_limit=LARGEST_MAIL_BYTES, enable_SMTPUTF8=True, hostname="localhost"),
        "127.0.0.1",
        port,
    )
    await stop.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    asyncio.run(listen(asked.port, Mailbox(asked.folder)))
