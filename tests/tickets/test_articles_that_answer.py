"""Whoever answers a ticket sees the articles that may answer it, in the customer's language, and sends their link."""

from __future__ import annotations

import pytest

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.models import Article
from knowledge.search.for_ticket import help_for
from tests.browser import needs_browser
from tests.conftest import NOON
from tests.knowledge.library import publish
from tests.make import do, make_ticket
from tickets.workflow.close import close_ticket
from tickets.workflow.resolve import resolve_ticket

SYNC = "problemas-de-sincronizacao-de-dados"


def slugs(subject, description="", language="pt"):
    return [hit.slug for hit in help_for(subject, description, language, reader=None, at=NOON)]


@pytest.mark.django_db
def test_the_subject_comes_first_and_the_words_below_it_help_when_it_says_too_little():
    assert slugs("transacoes nao aparecem", "Bom dia, obrigado, tudo bem?")[0] == SYNC
    assert SYNC in slugs("Ajuda!!!", "As transações não aparecem.")
    assert slugs("", "") == [] and len(slugs("conta cartão dados login", "aplicativo " * 500)) <= 4


def test_agents_see_them_on_the_page_of_the_ticket(cast, client):
    ticket = make_ticket(cast.ana, subject="transações não aparecem", language="pt")
    client.force_login(cast.tom)
    shown = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert f"/help/pt/{SYNC}/" in shown and "Articles that may answer" in shown


def test_nothing_is_offered_that_the_customer_could_not_open(cast, client):
    publish("secret", title="Quokka rules", audience="support_team")
    ticket = make_ticket(cast.ben, subject="quokka rules")
    client.force_login(cast.tom)
    assert "/help/en/secret/" not in client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Article.objects.filter(code="secret").update(audience="all_users")
    assert "/help/en/secret/" in client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()


def test_a_closed_ticket_is_offered_nothing(cast, client):
    ticket = make_ticket(cast.ben, subject="transactions missing")
    do(resolve_ticket, ticket, by=cast.tom, summary="Solved", actions_taken="x", prevention_measures="y", at=NOON)
    do(close_ticket, ticket, by=cast.ben.user, at=NOON)
    client.force_login(cast.tom)
    shown = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "Articles that may answer" not in shown


@needs_browser
def test_one_click_puts_the_link_into_the_answer(desk):
    cast = desk.cast
    ticket = make_ticket(cast.ana, subject="transações não aparecem", language="pt")
    page = desk.sit_down(cast.tom)
    page.goto(f"/admin/tickets/ticket/{ticket.pk}/change/")
    page.get_by_role("button", name="Put the link into the answer").first.click()
    assert f"/help/pt/{SYNC}/" in page.locator("textarea").first.input_value()
