"""read_mailbox: fetches what is new in an IMAP mailbox; a mail is marked as seen only once it is kept."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from imapclient import SEEN, IMAPClient

from communications.inbound.keep import Envelope, Place, keep_mail
from communications.inbound.limits import LARGEST_MAIL
from communications.models import Door, MailboxPlace, ProviderAccount
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor

KIND = "imap"
PATIENCE = 30.0  # seconds for each answer
AT_ONCE = 200  # mails a look
LONGEST_NAME = 320  # characters of log-in, host and folder together
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class InsecureMailbox(Exception):
    """A password would cross a network in the clear."""


def read_mailbox(account: ProviderAccount, *, at: datetime) -> int:
    """Keep every mail that came since the last look; returns how many were new.

    The cursor is (whose mailbox where, UIDVALIDITY, highest UID kept): another one of these starts again from the first
    mail, and what is known by its bytes is kept once. Killed anywhere, the next look goes on. Raises what the server or
    the network does.
    """
    place, _ = MailboxPlace.objects.get_or_create(account=account)
    with _connection(account) as (server, folder):
        mailbox = f"{account.account} at {urlsplit(account.base_url).netloc}/{folder}"[:LONGEST_NAME]
        validity = int(server.select_folder(folder)[b"UIDVALIDITY"])
        if (validity, mailbox) != (place.uid_validity, place.address or mailbox):
            place.uid_validity, place.last_uid = validity, 0
        place.address = mailbox
        found = [uid for uid in server.search(["UID", f"{place.last_uid + 1}:*"]) if uid > place.last_uid]
        new = 0
        for uid in sorted(found)[:AT_ONCE]:
            new += _fetch(server, Place(mailbox, validity, uid))
            place.last_uid, place.looked_at, place.problem = uid, at, ""
            place.save()
            server.add_flags([uid], [SEEN])
        if not found:
            place.looked_at, place.problem = at, ""
            place.save()
    return new


def _fetch(server: IMAPClient, place: Place) -> bool:
    """One mail from its place into the desk; of one past the limit, or that the server does not give, its headers.

    What is not whole says so by its rule, and is parked when its turn comes, beside the ticket that it may belong to.
    The server's word on the size is an estimate at some (RFC 3501 §2.3.4 notwithstanding): what came counts.
    """
    size = int(server.fetch([place.uid], ["RFC822.SIZE"])[place.uid].get(b"RFC822.SIZE") or 0)
    content = _part(server, place.uid, b"BODY[]") if size <= LARGEST_MAIL else None
    is_whole = content is not None and len(content) <= LARGEST_MAIL
    if not is_whole:
        size, content = max(size, len(content or b"")), _part(server, place.uid, b"BODY[HEADER]")
    with acting(by=system_actor(SystemActor.MAIL), channel=KIND, reason=f"fetched from {place.mailbox}") as act:
        mail = keep_mail(content or b"\r\n", door=Door.IMAP, envelope=Envelope(), place=place, by=act.by, at=act.at)
        is_new = mail.received_at == act.at
        if not is_whole and is_new:
            is_large = size > LARGEST_MAIL
            mail.rule = "too_large" if is_large else "not_given"
            why = f"{size:,} bytes; {LARGEST_MAIL:,} is the most." if is_large else "The server did not give its body."
            mail.why = f"{why} Only its headers are here; see {place.mailbox}, UID {place.uid}."
            mail.save(update_fields=["rule", "why"])
    return is_new


def _part(server: IMAPClient, uid: int, part: bytes) -> bytes | None:
    answer: Any = server.fetch([uid], [part.replace(b"BODY", b"BODY.PEEK")])
    content = answer.get(uid, {}).get(part)
    return None if content is None else bytes(content)


@contextmanager
def _connection(account: ProviderAccount) -> Iterator[tuple[IMAPClient, str]]:
    """A logged-in line to the server of ``imaps://host:port/folder``; without TLS only on this machine."""
    parts = urlsplit(account.base_url)
    host, is_safe = parts.hostname or "", parts.scheme == "imaps"
    if not is_safe and host not in LOOPBACK:
        raise InsecureMailbox(f"{account.base_url} has no TLS: use imaps://, or the password crosses the network.")
    context = ssl.create_default_context() if is_safe else None
    with IMAPClient(
        host, port=parts.port or (993 if is_safe else 143), ssl=is_safe, ssl_context=context, timeout=PATIENCE
    ) as server:
        server.login(account.account, account.secret)
        yield server, unquote(parts.path.strip("/")) or "INBOX"
