"""Views, serializers and filters take scoped records only through ``visible_to`` (reliability A7)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCOPED = re.compile(r"\b(Ticket|Message|Customer|Organisation)\.objects(?!\.visible_to\()")
# The line, and why it may.
EXCUSED = {
    "row = rows_of(Ticket.objects.filter(pk=pk)).get()": "the verb that ran just before has checked the scope",
    "said = Message.objects.filter(about_label=ABOUT, about_id=ticket.pk)": (
        "what was said in the chat of a ticket that the caller found in the reader's scope"
    ),
}


def test_no_api_file_reads_a_scoped_record_around_its_scope():
    files = [file for file in ROOT.glob("*/api/**/*.py") if "tests" not in file.parts]
    assert len(files) > 20
    bare = {
        line.partition("  #")[0].strip()
        for file in files
        for line in file.read_text().splitlines()
        if SCOPED.search(line)
    }
    assert bare == set(EXCUSED)
