"""manage.py export_articles FILE: what readers have, as JSON Lines or as a zip of Markdown."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from financy_support.desk.people.user import User
from knowledge.export import as_json_lines, as_markdown_zip


class Command(BaseCommand):
    """`manage.py export_articles FILE [--format jsonl|markdown] [--for EMAIL]`."""

    help = "Write the published articles to a file: what the public reads or, with --for, what that person may read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="jsonl", choices=["jsonl", "markdown"])
        parser.add_argument("--for", dest="reader", default="", metavar="EMAIL", help="of whoever it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        reader = User.objects.filter(email__iexact=options["reader"]).first() if options["reader"] else None
        if options["reader"] and reader is None:
            raise CommandError(f"Nobody has the e-mail {options['reader']}.")
        parts = as_json_lines(reader) if options["format"] == "jsonl" else as_markdown_zip(reader)
        try:
            with options["file"].open("xb") as file:
                for part in parts:
                    file.write(part)
        except FileExistsError as error:
            raise CommandError(f"{options['file']} exists. Name another file, or remove it.") from error
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Written to {options['file']}.")
