"""Attachments on disk: outside the web root, under names of our own, within limits of size and type."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedReader
from itertools import islice
from pathlib import Path

from django.conf import settings

from financy_support.desk.errors import DeskError, Invalid, NotFound
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User
from tickets.models import Attachment, Reply

LARGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 10
UNNAMED_FOR = timedelta(hours=1)  # far longer than from a file's writing to its row's commit
A_BATCH = 1000
FREE_SHARE = 0.10  # of the disk stays free, so that a full disk never costs a ticket's words

# What may come in, and as what it is served again: nothing that a browser runs.
SERVED_AS = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "application/pdf": "application/pdf",
    "text/plain": "text/plain; charset=utf-8",
    "text/csv": "text/plain; charset=utf-8",
    "application/json": "text/plain; charset=utf-8",
    "application/zip": "application/zip",
}


class NoRoom(DeskError):
    """The disk is nearly full."""

    status, code, title = 507, "no_room", "No room for files"


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in."""

    name: str
    content_type: str
    content: bytes


def attach(uploads: Sequence[Upload], *, reply: Reply, by: User, at: datetime) -> list[Attachment]:
    """Store files with a reply: temporary file, fsync, rename, then the row, so that no row lacks its file.

    Raises Invalid for too many or too large files or a type that is not taken, NoRoom on a nearly full disk.
    """
    if not uploads:
        return []
    if len(uploads) > MOST_FILES:
        raise Invalid(f"{len(uploads)} files at once; {MOST_FILES} is the most.", field="attachments", code="too_many")
    for upload in uploads:
        _check(upload)
    return Attachment.objects.bulk_create(_row(upload, reply, by, at) for upload in uploads)


def keep_all(uploads: Sequence[Upload], *, reply: Reply, by: User, at: datetime) -> list[Attachment]:
    """Store whatever came with a mail, of any type and number: what is not served lies there inert, for staff to see.

    A file without a byte is left out. Raises NoRoom on a nearly full disk.
    """
    return Attachment.objects.bulk_create(_row(one, reply, by, at) for one in uploads if one.content)


def is_served(content_type: str) -> bool:
    """Whether a file of this type goes to everybody who sees the reply; others go to staff alone, as plain bytes."""
    return content_type in SERVED_AS


def served_as(content_type: str) -> str:
    """The type under which a file is handed out: never one that a browser runs."""
    return SERVED_AS.get(content_type, "application/octet-stream")


def files_only_of(customer: Customer) -> list[Path]:
    """The files of a customer's tickets that no other customer's attachment shares."""
    theirs = Attachment.objects.filter(ticket__customer=customer)
    shared = Attachment.objects.exclude(ticket__customer=customer).filter(path__in=theirs.values("path"))
    paths = theirs.exclude(path__in=shared.values("path")).values_list("path", flat=True).distinct()
    return [Path(settings.MEDIA_ROOT) / path for path in paths]


def remove_unnamed(at: datetime) -> int:
    """Remove the files that no row names but those of erased customers, if last handed in an hour before ``at``.

    So nothing stays of a transaction that was rolled back, of a write that was cut, or of an erasure whose process
    died between its commit and the removal. Returns how many went. Only what :func:`_store` wrote is looked at.
    """
    until = (at - UNNAMED_FOR).timestamp()
    root = Path(settings.MEDIA_ROOT)
    found = (file for file in root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*") if file.stat().st_mtime < until)
    removed = 0
    while some := list(islice(found, A_BATCH)):
        names = {file.relative_to(root).as_posix() for file in some}
        named = Attachment.objects.filter(path__in=names, ticket__customer__erased_at__isnull=True)
        kept = set(named.values_list("path", flat=True))
        for file in some:
            # Handed in again a moment ago, its row is about to be committed.
            if file.relative_to(root).as_posix() not in kept and file.stat().st_mtime < until:
                file.unlink()
                removed += 1
    return removed


def open_file(attachment: Attachment) -> BufferedReader:
    """The file, to be read. Raises NotFound when it left the disk, as an erased customer's does."""
    try:
        return (Path(settings.MEDIA_ROOT) / attachment.path).open("rb")
    except FileNotFoundError as error:
        raise NotFound from error


def _row(upload: Upload, reply: Reply, by: User, at: datetime) -> Attachment:
    return Attachment(
        ticket_id=reply.ticket_id,
        reply=reply,
        name=_shown_name(upload.name),
        content_type=upload.content_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        path=_store(upload.content),
        created_at=at,
        by=by,
    )


def _check(upload: Upload) -> None:
    if upload.content_type not in SERVED_AS:
        taken = ", ".join(sorted(SERVED_AS))
        raise Invalid(
            f"“{upload.name}” is {upload.content_type}. Taken are: {taken}.", field="attachments", code="type"
        )
    if len(upload.content) > LARGEST_FILE:
        raise Invalid(
            f"“{upload.name}” has {len(upload.content):,} bytes; {LARGEST_FILE:,} is the most. Send a link instead.",
            field="attachments",
            code="too_large",
        )
    if not upload.content:
        raise Invalid(f"“{upload.name}” is empty.", field="attachments", code="empty")


def _store(content: bytes) -> str:
    """Content-addressed: the same file twice is stored once."""
    digest = hashlib.sha256(content).hexdigest()
    relative = f"{digest[:2]}/{digest[2:4]}/{digest}"
    target = Path(settings.MEDIA_ROOT) / relative
    with suppress(FileNotFoundError):
        os.utime(target)  # so that it is not removed as unnamed before this row is committed
        return relative
    target.parent.mkdir(parents=True, exist_ok=True)
    disk = os.statvfs(target.parent)
    if disk.f_bavail < disk.f_blocks * FREE_SHARE:
        raise NoRoom("The disk for files is nearly full. Send the words without files, and tell an administrator.")
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as unfinished:
        unfinished.write(content)
        unfinished.flush()
        os.fsync(unfinished.fileno())
    Path(unfinished.name).chmod(0o600)
    os.replace(unfinished.name, target)
    return relative


def _shown_name(name: str) -> str:
    """The last part of the name, without control and direction characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    return clean[-200:] or "file"
