"""An export that somebody uploaded: kept on disk until it is imported, a day at most, under a name of our own."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from financy_support.desk.errors import Invalid, NotFound
from knowledge.imports.arrival import Arrival, Unreadable
from knowledge.imports.read import read_export
from knowledge.models import Category

LARGEST_EXPORT = 50 * 1024 * 1024
KEPT_FOR = 24 * 60 * 60  # seconds
ENDINGS = (".json", ".jsonl", ".ndjson", ".zip", ".md")
OURS = re.compile(r"[0-9a-f]{32}(\.[a-z]+)?")


def keep(file: UploadedFile) -> str:
    """Its name from now on. What others left there for longer than a day goes. Raises Invalid for one too large."""
    if (file.size or 0) > LARGEST_EXPORT:
        said = f"{LARGEST_EXPORT // 2**20} MB are the most. Export less at a time."
        raise Invalid(said, field="file", code="too_large")
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if OURS.fullmatch(old.name) and old.stat().st_mtime < time.time() - KEPT_FOR:
            old.unlink(missing_ok=True)
    ending = Path(file.name or "").suffix.lower()
    name = secrets.token_hex(16) + (ending if ending in ENDINGS else "")
    with (folder / name).open("xb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    (folder / name).chmod(0o600)
    return name


def read_kept(name: str, *, source: str, language: str) -> list[Arrival | Unreadable]:
    """What it holds. Raises NotFound when it is gone, Invalid as :func:`read_export` does."""
    path = _folder() / name
    if not OURS.fullmatch(name) or not path.is_file():
        raise NotFound("This export is not kept any more. Upload it again.")
    return read_export(source, path, language=language)


def forget(name: str) -> None:
    """It is not needed any more."""
    if OURS.fullmatch(name):
        with suppress(FileNotFoundError):
            (_folder() / name).unlink()


def category_named(slug: str) -> Category | None:
    """The category of what fits none, none for an empty name. Raises Invalid naming those that are known."""
    found = Category.objects.filter(slug=slug).first() if slug else None
    if slug and found is None:
        known = ", ".join(Category.objects.values_list("slug", flat=True))
        raise Invalid(f"No such category. Known: {known}.", field="category", code="unknown")
    return found


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"
