"""150 public mails, broken ones among them: each becomes something or is parked with its reason; none is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from communications.models import InboundMail, MailState
from tests.inbound.corpus import run_corpus, table

# The folder of public mails that is laid beside the project; not shipped with it.
DATA = Path(os.environ.get("DESK_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = pytest.mark.skipif(not (DATA / "mail").is_dir(), reason="no folder of public mails (set DESK_DATA)")


def test_every_mail_of_the_corpus_becomes_something_or_is_parked_with_its_reason(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    rows = run_corpus(DATA / "mail")
    if os.environ.get("DESK_PRINT_CORPUS"):
        print(table(rows))
    assert len(rows) == len(list((DATA / "mail").glob("*.eml")))
    for name, mail in rows:
        assert mail.state in (MailState.TAKEN_IN, MailState.PARKED), name
        assert mail.why, name
        assert mail.rule != "failed", f"{name}: {mail.why}"
        assert mail.rule != "unreadable", f"{name}: {mail.why}"
    assert not InboundMail.objects.filter(state=MailState.RECEIVED).exists()
