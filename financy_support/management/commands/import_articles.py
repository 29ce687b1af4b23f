"""manage.py import_articles zendesk|gitbook|notion PATH --by EMAIL: an export becomes drafts, to be reviewed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import DeskError
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.imports.read import read_export
from knowledge.models import Category, ImportSource
from knowledge.workflow.import_articles import Report, import_articles


class Command(BaseCommand):
    """`manage.py import_articles SOURCE PATH --by EMAIL [--dry-run] [--category SLUG] [--language en|pt|es]`."""

    help = (
        "Bring in the articles of a Zendesk Guide (JSON or JSON Lines, alone or in a zip or folder), a GitBook (the"
        " folder with SUMMARY.md, or a zip of it) or a Notion export (the zip, “Markdown & CSV”). The same export"
        " twice brings nothing twice; what changed there becomes a new draft."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=ImportSource.values)
        parser.add_argument("path", type=Path)
        parser.add_argument("--by", required=True, metavar="EMAIL", help="an editor or agent: the author of the drafts")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each item, write nothing")
        parser.add_argument("--category", default="", metavar="SLUG", help="for what fits no category of ours")
        parser.add_argument("--language", default="en", choices=Language.values, help="of pages that do not say theirs")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["by"]).first()
        fallback = Category.objects.filter(slug=options["category"]).first()
        if by is None:
            raise CommandError(f"Nobody has the e-mail {options['by']}. Name an editor or agent with --by.")
        if options["category"] and fallback is None:
            known = ", ".join(Category.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no category {options['category']!r}. Known: {known}.")
        source = options["source"]
        try:
            items = read_export(source, options["path"], language=options["language"])
            with acting(by=by, channel="command", reason=f"import_articles {options['path'].name}") as act:
                said = {"source": source, "dry_run": options["dry_run"], "fallback": fallback}
                report = import_articles(items, **said, by=by, at=act.at)
        except DeskError as refusal:
            raise CommandError(refusal.detail) from refusal
        self._tell(report)

    def _tell(self, report: Report) -> None:
        for one in report.items:
            where = f" → {one.article}" if one.article else ""
            languages = f" ({', '.join(one.languages)})" if one.languages else ""
            self.stdout.write(f"{one.outcome}: {one.title or one.external_id}{where}{languages}")
            for problem in one.problems:
                self.stdout.write(f"    {problem.field}: {problem.detail}")
            for note in one.notes:
                self.stdout.write(f"    {note}")
        counts = ", ".join(f"{count} {name}" for name, count in report.counts.items())
        self.stdout.write(f"{counts}." + (" A dry run: nothing was written." if report.dry_run else ""))
