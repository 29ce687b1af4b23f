"""A template is linted when it is saved: what is wrong is named beside its field, with the way out."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from communications.compose import placeholders
from communications.lint import lint_template
from communications.models import MessageTemplate
from communications.purposes import PURPOSES
from financy_support.desk.audit.acting import acting
from tests.admin.page import text
from tests.make import make_ticket
from tickets.messages import greet

GOOD = {
    "purpose": "agent_reply",
    "language": "en",
    "subject": "Re: [{reference}]",
    "body": "Hello {customer_name},\n\n{reply_body}\n\nThe Financy Team\n",
}


def found(**changes):
    return [(one.field, one.code) for one in lint_template(**{**GOOD, **changes})]


def test_good_words_have_no_problem():
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"body": "{reply_body} {costumer_name}"}, ("body", "unknown_placeholder")),
        ({"body": "{reply_body} {estimated_resolution}"}, ("body", "unknown_placeholder")),
        ({"subject": "[{reference}] {Subject}"}, ("subject", "leftover")),
        ({"body": "{reply_body} {{customer_name}}"}, ("body", "leftover")),
        ({"body": "{reply_body} {customer_name"}, ("body", "unbalanced")),
        ({"subject": "[{reference}"}, ("subject", "unbalanced")),
        ({"subject": " "}, ("subject", "empty")),
        ({"body": "\n"}, ("body", "empty")),
        ({"body": "Hello {customer_name}"}, ("body", "missing_placeholder")),
        ({"language": "es", "body": "Hello {customer_name}, this is our answer to you: {reply_body}"},
         ("language", "other_language")),
        ({"purpose": "gossip"}, ("purpose", "unknown_purpose")),
    ],
)  # fmt: skip
def test_each_problem_is_found_at_its_field(changes, problem):
    assert problem in found(**changes)


def test_a_misspelt_placeholder_is_told_what_was_meant():
    problems = lint_template(**{**GOOD, "body": "{reply_body} {costumer_name}"})
    assert problems[0].detail == "A message of this purpose has no “costumer_name”. Did you mean {customer_name}?"


@pytest.mark.django_db
def test_every_template_that_ships_is_in_order():
    rows = MessageTemplate.objects.all()
    assert rows.count() > 50
    for row in rows:
        row.clean()


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(PURPOSES))
def test_each_purpose_brings_examples_for_everything_that_its_templates_ask(code):
    for row in MessageTemplate.objects.filter(purpose=code):
        facts = PURPOSES[code].example(row.language)
        assert all(facts.get(name) for name in placeholders(f"{row.subject}\n{row.body}")), str(row)


def test_the_facts_that_a_verb_brings_are_those_of_its_purpose(cast, act):
    ticket = make_ticket(cast.ana)
    with act(cast.tom) as one:
        message = greet(ticket, promised=one.at - one.at, by=cast.tom, at=one.at)
    told = {"reference", "subject", "request_link", "expected_response_time"}
    assert set(PURPOSES["initial_response"].facts) == told
    assert message.purpose == "initial_response"


def test_nobody_saves_a_template_with_a_hole_by_any_door(cast):
    row = MessageTemplate.objects.filter(purpose="agent_reply", language="en").get()
    row.body = "Hello {customer_name}"
    with acting(by=cast.ada, channel="test"), pytest.raises(ValidationError, match="reply_body"):
        row.save()


@pytest.fixture
def ada(cast, at_the_desk):
    return at_the_desk(cast.ada)


def typed(row, **changes):
    names = ("purpose", "severity", "language", "channel", "subject", "body")
    return {**{name: getattr(row, name) for name in names}, **changes}


def test_the_form_names_each_problem_and_keeps_the_words(ada):
    row = MessageTemplate.objects.get(purpose="agent_reply", language="en")
    address = reverse("admin:communications_messagetemplate_change", args=[row.pk])
    answer = ada.post(address, typed(row, body="Hello {costumer_name}, my words"))
    page = text(answer)
    assert answer.status_code == 200
    assert "Did you mean {customer_name}?" in page
    assert "{reply_body} is missing" in page
    assert "Hello {costumer_name}, my words" in page
    row.refresh_from_db()
    assert "costumer" not in row.body
    assert ada.post(address, typed(row, body=row.body + "\nBye")).status_code == 302


def test_the_preview_shows_what_is_typed_beside_the_other_languages(ada):
    row = MessageTemplate.objects.get(purpose="progress_update", severity="high", language="pt")
    address = reverse("admin:communications_messagetemplate_preview")
    shown = ada.post(address, typed(row, body=f"{row.body}\nAté logo, {{customer_name}}")).json()
    english, portuguese, spanish = (
        next(one for one in shown["languages"] if one["language"] == code) for code in ("en", "pt", "es")
    )
    assert "Até logo, Ana Souza" in portuguese["body"] and portuguese["is_written"]
    assert "Encontramos a transação" in portuguese["body"] and not portuguese["problems"]
    assert english["body"].startswith("Hello Ana Souza,") and spanish["body"].startswith("Hola, Ana Souza:")
    assert "{next_steps}" in shown["required"]
    broken = ada.post(address, typed(row, body="Olá {nome}")).json()["languages"]
    written = next(one for one in broken if one["is_written"])
    assert "Olá {nome}" in written["body"] and written["problems"]


def test_the_preview_is_for_those_who_may_read_templates(cast, at_the_desk, client):
    address = reverse("admin:communications_messagetemplate_preview")
    assert client.post(address).status_code == 302
    assert at_the_desk(cast.eve).post(address, {"purpose": "agent_reply"}).status_code == 200
    assert at_the_desk(cast.eve).get(address).status_code == 405
