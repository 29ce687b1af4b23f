"""The judge of `make nemesis` sees what it is there to see: a mail that is missing, doubled, or owed by nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from communications.models import Message
from tests.conftest import NOON
from tests.nemesis.verdict import Mails, Verdict, percentile
from tickets.models import Ticket

Judge = Callable[..., Verdict]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge what a mail server says it took against what was acknowledged."""
    record = tmp_path / "mails.jsonl"
    record.write_text(json.dumps({"at": 0.0, "message_id": "<before@example.com>", "about": "FIN-000001"}) + "\n")
    mails = Mails(record)

    def judged(taken: list[tuple[str, str]], acknowledged: list[Ticket]) -> Verdict:
        with record.open("a") as file:
            for message_id, about in taken:
                said = {"at": NOON.timestamp() + 2.5, "message_id": message_id, "about": about}
                print(json.dumps(said), file=file)
        verdict = Verdict("test")
        mails.judge(verdict, [ticket.reference for ticket in acknowledged])
        return verdict

    return judged


def counts(verdict: Verdict) -> tuple[int, int, int]:
    return verdict.lost, verdict.unexpected, verdict.duplicated


def test_each_greeting_once_is_as_it_should_be(judge, greeted):
    tickets = [greeted(), greeted()]
    verdict = judge([mail_of(ticket) for ticket in tickets], tickets)
    assert counts(verdict) == (0, 0, 0)
    assert (verdict.acknowledged, verdict.others["latest"]) == (2, "2.50 s")


def test_a_mail_that_never_came_is_lost(judge, greeted):
    assert counts(judge([], [greeted()])) == (1, 0, 0)


def test_a_second_copy_is_a_duplicate(judge, greeted):
    ticket = greeted()
    assert counts(judge([mail_of(ticket)] * 3, [ticket])) == (0, 0, 2)


def test_a_second_mail_under_another_message_id_is_unexpected(judge, greeted):
    ticket = greeted()
    assert counts(judge([mail_of(ticket), ("<made-up@example.com>", ticket.reference)], [ticket])) == (0, 1, 0)


def test_a_mail_about_a_ticket_that_was_rolled_back_is_unexpected(judge, greeted):
    ticket = greeted()
    never = ("<never@example.com>", "FIN-999999")
    assert counts(judge([mail_of(ticket), never], [ticket])) == (0, 1, 0)


def test_a_mail_whose_cause_was_not_acknowledged_is_unexpected(judge, greeted):
    assert counts(judge([mail_of(greeted())], [])) == (0, 1, 0)


def test_a_breach_is_said_and_a_kept_promise_is_not():
    verdict = Verdict("R0", lost=1)
    verdict.demand(True, "not said")
    verdict.demand(False, "mails were lost")
    assert verdict.breaches == ["mails were lost"]
    assert "BREACH: mails were lost" in str(verdict)
    assert "lost 1 / unexpected 0 / duplicated 0" in str(verdict)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_a_value_that_was_seen(percent, value):
    assert percentile(list(range(100, 0, -1)), percent) == value


def mail_of(ticket: Ticket) -> tuple[str, str]:
    """Message-ID and reference of a ticket's greeting."""
    return Message.objects.get(about_id=ticket.pk).message_id, ticket.reference
