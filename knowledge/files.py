"""What files articles may have: told by their bytes, never by what is claimed; nothing that a browser runs."""

from __future__ import annotations

import re
import struct
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.text import slugify

from financy_support.desk.errors import Invalid
from knowledge.markdown import files_named
from knowledge.models import ArticleFile, Translation
from knowledge.revision_gates import is_writer

LARGEST_FILE = 5 * 1024 * 1024
LONGEST_NAME = 80
LARGEST_SIDE = 10_000  # of a picture; a reader's browser unpacks it
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# What may come in, and the ends of names for it. Text is served as plain text, whatever it is.
ENDINGS = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "csv", "json"),
}
TAKEN = ", ".join(sorted(ending for endings in ENDINGS.values() for ending in endings))
JPEG_SIZES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the frames that begin with height and width
UNNAMEABLE = re.compile(r"[^a-z0-9._-]+")


class Kind(NamedTuple):
    """What bytes are; of pictures how large they are shown."""

    content_type: str
    width: int | None = None
    height: int | None = None


def kind_of(content: bytes, name: str) -> Kind:
    """Told by the first bytes. Raises Invalid for what is not taken, and for a name that claims something else."""
    found = _picture(content) or _other(content)
    ending = name.rpartition(".")[2]
    if found is None or ending not in ENDINGS[found.content_type]:
        said = f"is no {ending} inside" if ending in TAKEN.split(", ") else "is not taken"
        raise Invalid(f"“{name}” {said}. Taken are: {TAKEN}.", field="file", code="type")
    if not all(0 < side <= LARGEST_SIDE for side in (found.width, found.height) if side is not None):
        raise Invalid(f"“{name}” is wider or higher than {LARGEST_SIDE:,} pixels.", field="file", code="too_large")
    return found


def stable_name(name: str) -> str:
    """A name as words can hold it: small letters, digits, dots and dashes; its end stays what it was."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, _, ending = last.rpartition(".")
    ending = UNNAMEABLE.sub("", ending.lower())[:5]
    return f"{(slugify(stem) or 'file')[: LONGEST_NAME - 6]}.{ending}"


def files_seen_by(reader: Any, translation: Translation) -> QuerySet[ArticleFile]:
    """The files of an article, without their bytes: all for those who write, else what words that are read name.

    ``translation`` comes from ``public()`` or ``visible_to(reader)``, the one rule of who reads what.
    """
    files = ArticleFile.objects.filter(article=translation.article_id).defer("content").order_by("name")
    if is_writer(reader):
        return files
    return files.filter(name__in=files_named(translation.current.body) if translation.current else ())


def file_answer(file: ArticleFile) -> HttpResponse:
    """The file: a picture is shown in its page, anything else is saved; as a page of its own it may do nothing."""
    content_type = "text/plain; charset=utf-8" if file.content_type == "text/plain" else file.content_type
    answer = HttpResponse(bytes(file.content), content_type=content_type)
    how = "inline" if file.content_type in PICTURES else "attachment"
    answer["Content-Disposition"] = f'{how}; filename="{file.name}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _picture(content: bytes) -> Kind | None:
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
            return Kind("image/png", *struct.unpack(">II", content[16:24]))
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return Kind("image/gif", *struct.unpack("<HH", content[6:10]))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
    except struct.error:  # it breaks off before it says how large it is
        return None
    return None


def _webp(content: bytes) -> Kind | None:
    """The three ways in which WebP writes its size (RFC 9649)."""
    if content[12:16] == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
    elif content[12:16] == b"VP8L":
        bits = struct.unpack("<I", content[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif content[12:16] == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", content[26:30]))
    else:
        return None
    return Kind("image/webp", width, height)


def _jpeg(content: bytes) -> Kind | None:
    """From segment to segment, to the one that says how large it is."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Kind("image/jpeg", width, height)
        at += 2 + length
    return None


def _other(content: bytes) -> Kind | None:
    if content.startswith(b"%PDF-"):
        return Kind("application/pdf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else Kind("text/plain")
