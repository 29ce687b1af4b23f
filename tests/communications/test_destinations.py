"""Accounts, destinations and staff as recipients: who else than a customer is spoken to, and how secrets are kept."""

from __future__ import annotations

import logging

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from communications.models import Delivery, DeliveryState, Destination, Message, MessageTemplate, ProviderAccount
from communications.outbox import deliver
from communications.purposes import PURPOSES, Purpose
from communications.sealing import KeyMissing
from communications.send import About, Draft, send_message
from communications.workflow.redrive import redrive_delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict
from tests.api.conftest import client_with, issue
from tests.communications.conftest import SOON
from tests.communications.places import place_at
from tests.conftest import NOON
from tests.make import make_ticket
from tests.sinks.slack import TOKEN, SlackSink

SECRET = "xoxb-very-secret-token"


@pytest.fixture
def slack(cast, monkeypatch):
    """An account with a provider and one channel there, made by Ada."""
    monkeypatch.setitem(PURPOSES, "told", Purpose("told", "Told", {"reference": "FIN-000123"}, is_to_staff=True))
    with acting(by=cast.ada, channel="test"):
        MessageTemplate.objects.create(
            purpose="told", severity="", language="en", channel="", subject="{reference}", body="{person_name}: look"
        )
        account = ProviderAccount.objects.create(kind="pigeon", name="Our pigeons", secret=SECRET)
        return Destination.objects.create(code="tier2", name="Tier 2", account=account, address="C024BE91L")


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ben)


def tell(ticket, to, by):
    about = About("tickets.ticket", ticket.pk, ticket.reference)
    draft = Draft("told", to=to, about=about, language="en", facts={"reference": ticket.reference})
    with acting(by=by, channel="test"):
        return send_message(draft, by=by, at=NOON)


def test_a_secret_lies_sealed_and_is_in_no_column_no_history_and_no_representation(slack, caplog):
    account = ProviderAccount.objects.get()
    assert account.secret == SECRET
    assert SECRET not in f"{account!r} {account} {vars(account)}"
    with connection.cursor() as cursor:
        for table in ("communications_provideraccount", "communications_historicalprovideraccount"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            rows = cursor.fetchall()
            assert rows
            assert SECRET not in str(rows)
        assert "sealed" not in str(rows)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderAccount.objects.create(pk=account.pk, kind="slack", name="Another", secret=SECRET)
    assert SECRET not in caplog.text


def test_a_secret_outlives_a_new_key_and_a_lost_key_says_so(slack, settings):
    old = settings.DESK_FIELD_KEYS
    settings.DESK_FIELD_KEYS = [Fernet.generate_key(), *old]
    assert ProviderAccount.objects.get().secret == SECRET
    settings.DESK_FIELD_KEYS = [Fernet.generate_key()]
    with pytest.raises(KeyMissing, match="DESK_FIELD_KEYS"):
        _ = ProviderAccount.objects.get().secret
    settings.DESK_FIELD_KEYS = []
    with pytest.raises(Conflict, match="DESK_FIELD_KEYS"):
        ProviderAccount(secret="another")


def test_the_address_of_an_api_is_a_web_address():
    account = ProviderAccount(kind="slack", name="x", base_url="ftp://slack.example.com")
    with pytest.raises(ValidationError, match="base_url"):
        account.full_clean()


def test_what_is_said_to_staff_leaves_by_mail_and_names_them(slack, ticket, cast, sink):
    message = tell(ticket, cast.tina, cast.tom)
    assert (message.person, message.customer, message.recipient) == (cast.tina, None, cast.tina)
    assert deliver(SOON)["delivered"] == 2  # the greeting, and this
    assert sink.mails[-1].recipients == ["tina@financy.example"]
    assert "Tina: look" in sink.mails[-1].parsed.get_content()


def test_what_is_said_to_a_place_without_a_line_is_parked_with_the_reason_and_can_be_released(slack, ticket, cast):
    message = tell(ticket, slack, cast.tom)
    delivery = Delivery.objects.get(message=message)
    assert (message.destination, message.channel) == (slack, "pigeon")
    assert (delivery.kind, delivery.address, delivery.gate) == ("pigeon", "C024BE91L", f"pigeon:{slack.pk}")
    assert delivery.state == DeliveryState.PARKED
    assert "pigeon" in delivery.waiting_reason
    with acting(by=cast.tom, channel="test"):
        redrive_delivery(delivery, reason="it has one now", by=cast.tom, at=SOON)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.waiting_reason) == (DeliveryState.QUEUED, "")


@pytest.mark.parametrize("closed", ["destination", "account", "person"])
def test_what_is_said_to_somebody_or_somewhere_no_longer_in_use_is_parked(slack, ticket, cast, closed):
    to = cast.tina if closed == "person" else slack
    row = slack.account if closed == "account" else to
    row.is_active = False
    message = tell(ticket, to, cast.tom)
    delivery = Delivery.objects.get(message=message)
    assert delivery.state == DeliveryState.PARKED
    assert "not" in delivery.waiting_reason


@pytest.mark.parametrize("recipients", [[], ["customer", "person"], ["person", "destination"]])
def test_a_message_has_exactly_one_recipient(slack, ticket, cast, recipients):
    everybody = {"customer": cast.ben, "person": cast.tina, "destination": slack}
    good = Message.objects.latest("id")
    fields = {f.name: getattr(good, f.name) for f in Message._meta.fields if f.name not in (*everybody, "id")}
    fields |= {"message_id": "<another@x>", **{name: everybody[name] for name in recipients}}
    with pytest.raises(IntegrityError, match="exactly_one_recipient"), transaction.atomic():
        Message.objects.create(**fields)


def test_agents_read_over_the_api_where_it_went_and_customers_do_not(slack, ticket, cast):
    message = tell(ticket, slack, cast.tom)
    row = client_with(issue(cast.tom)[0]).get(f"/api/v1/messages/{message.pk}/").json()
    assert (row["destination"], row["customer"], row["person"]) == ("tier2", None, None)
    assert row["deliveries"][0]["state"] == "parked"
    assert client_with(issue(cast.ben)[0]).get(f"/api/v1/messages/{message.pk}/").status_code == 404


def test_a_secret_is_typed_in_and_never_shown(cast, client):
    client.force_login(cast.ada, backend="django.contrib.auth.backends.ModelBackend")
    typed = {"name": "Our mail", "kind": "email", "account": "us", "base_url": "", "new_secret": SECRET,
             "is_active": "on", "history_reason": "moved"}  # fmt: skip
    answer = client.post(reverse("admin:communications_provideraccount_add"), typed)
    assert answer.status_code == 302, answer.content.decode()
    account = ProviderAccount.objects.get()
    assert (account.kind, account.secret) == ("email", SECRET)
    address = reverse("admin:communications_provideraccount_change", args=[account.pk])
    shown = (
        client.get(address).content.decode()
        + client.get(reverse("admin:communications_provideraccount_history", args=[account.pk])).content.decode()
        + client.get(reverse("admin:communications_provideraccount_changelist")).content.decode()
    )
    assert SECRET not in shown
    assert account.sealed_secret not in shown
    refused = client.post(address, {**typed, "base_url": "nonsense"}).content.decode()
    assert SECRET not in refused
    assert client.post(address, {**typed, "new_secret": "", "account": "you"}).status_code == 302
    account.refresh_from_db()
    assert (account.account, account.secret) == ("you", SECRET)


def test_an_administrator_sends_a_test_message_and_the_ledger_shows_what_came_of_it(cast, client):
    with SlackSink() as workspace:
        place = place_at(cast, "slack", "C0SUPPORT", base_url=workspace.base_url, secret=TOKEN)
        chosen = {"action": "send_test", "_selected_action": place.pk}
        address = reverse("admin:communications_destination_changelist")
        client.force_login(cast.tom, backend="django.contrib.auth.backends.ModelBackend")
        assert "Only administrators test destinations" in client.post(address, chosen, follow=True).content.decode()
        client.force_login(cast.ada, backend="django.contrib.auth.backends.ModelBackend")
        assert "1 on the way" in client.post(address, chosen, follow=True).content.decode()
        deliver(timezone.now())
    (post,) = workspace.posts
    assert "Ada tries whether messages arrive at “slack 1”" in str(post["blocks"])
    shown = client.get(reverse("admin:communications_delivery_changelist")).content.decode()
    assert "C0SUPPORT" in shown
