"""The small samples of exports that lie beside, and archives made of them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from financy_support.desk.audit.acting import acting
from knowledge.imports.read import read_export
from knowledge.models import Category
from knowledge.workflow.import_articles import import_articles
from tests.conftest import NOON

EXPORTS = Path(__file__).with_name("exports")
PLACES = {name: EXPORTS / name for name in ("zendesk", "gitbook", "notion")}


def bring(source, by, *, path=None, at=NOON, category="technical", dry_run=False):
    """The report of an import in somebody's name; what fits no category goes to ``category``."""
    items = read_export(source, path or PLACES[source])
    fallback = Category.objects.filter(slug=category).first()
    with acting(by=by, channel="test"):
        return import_articles(items, source=source, dry_run=dry_run, fallback=fallback, by=by, at=at)


def zipped(folder=None, **files) -> bytes:
    """A zip of a folder, or of names and bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")) if folder else ():
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def zendesk(*articles, **more) -> bytes:
    """An export of articles, each with what it says beside a number, a section and a language."""
    usual = {"section_id": 1, "locale": "en-us", "body": "<p>Words.</p>"}
    made = [{**usual, "id": number, "title": f"Article {number}", **one} for number, one in enumerate(articles, 1)]
    sections = [{"id": 1, "name": "Features and Functionality"}]
    return json.dumps({"articles": made, "sections": sections, **more}).encode()
