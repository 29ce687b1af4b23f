"""keep_mail: the raw bytes of a mail into the database, once, before anybody has looked into them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from communications.inbound.limits import LARGEST_MAIL
from communications.models import Door, InboundMail, RawMail
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import DeskError, Invalid
from financy_support.desk.people.user import User

LONGEST_ADDRESS, MOST_ADDRESSES = 320, 1000


class TooLarge(DeskError):
    """More bytes than the desk takes."""

    status, code, title = 413, "too_large", "Too large"


@dataclass(frozen=True)
class Envelope:
    """What the other side said beside the mail: None for a return path that it did not say, "" for the null one."""

    sender: str | None = None
    recipients: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Place:
    """Where in a mailbox a mail stands (RFC 3501 §2.3.1.1)."""

    mailbox: str
    uid_validity: int
    uid: int


def keep_mail(
    content: bytes, *, door: Door, envelope: Envelope, place: Place | None = None, by: User, at: datetime
) -> InboundMail:
    """Store a mail and return its row; the same bytes, or the same place in a mailbox, give the row that is there.

    The caller may say “taken” once this is committed, not before. Raises TooLarge, and Invalid for no bytes at all.
    """
    current_act(by)
    if not content:
        raise Invalid("The mail is empty: send the raw message (RFC 5322).", field="body", code="empty")
    if len(content) > LARGEST_MAIL:
        raise TooLarge(f"The mail has {len(content):,} bytes; {LARGEST_MAIL:,} is the most.", field="body")
    digest = hashlib.sha256(content).hexdigest()
    same = Q(sha256=digest)
    if place:
        same |= Q(mailbox=place.mailbox, uid_validity=place.uid_validity, uid=place.uid)
    known = InboundMail.objects.filter(same).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return _write(content, digest, door, envelope, place, at)
    except IntegrityError:  # the other door was a moment faster
        return InboundMail.objects.filter(same).earliest("id")


def _write(
    content: bytes, digest: str, door: Door, envelope: Envelope, place: Place | None, at: datetime
) -> InboundMail:
    recipients = [_storable(one)[:LONGEST_ADDRESS] for one in envelope.recipients][:MOST_ADDRESSES]
    mail = InboundMail.objects.create(
        door=door,
        mailbox=place.mailbox if place else "",
        uid_validity=place.uid_validity if place else None,
        uid=place.uid if place else None,
        sha256=digest,
        size=len(content),
        envelope_from=None if envelope.sender is None else _storable(envelope.sender)[:998],
        envelope_to=recipients,
        received_at=at,
    )
    RawMail.objects.create(mail=mail, content=content)
    return mail


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "�")
