"""Endpoints of tools in the back office: a secret is shown on one page, once, and passes no store."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from communications.models import WebhookEndpoint

LIST = "admin:communications_webhookendpoint_changelist"


@pytest.fixture
def ada(at_the_desk, cast):
    return at_the_desk(cast.ada)


def make(client, cast):
    values = {"owner": cast.monitor.pk, "url": "https://tool.example/desk", "description": "", "is_active": "on"}
    return client.post(reverse("admin:communications_webhookendpoint_add"), values)


def kept(client) -> str:
    """Whatever outlives the answer: cookies and sessions."""
    return str(client.cookies) + "".join(str(one.get_decoded()) for one in Session.objects.all())


def test_a_new_endpoint_s_secret_is_on_the_page_that_answers_and_nowhere_else(ada, cast):
    answer = make(ada, cast)
    secret = WebhookEndpoint.objects.get().secret
    assert answer.status_code == 200 and secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in kept(ada)
    assert secret not in ada.get(reverse(LIST)).content.decode()


def test_so_is_the_next_one_and_a_second_change_too_early_says_until_when(ada, cast):
    make(ada, cast)
    row = WebhookEndpoint.objects.get()
    ask = {"action": "rotate_secret", "_selected_action": [row.pk]}
    answer = ada.post(reverse(LIST), ask)
    secret = WebhookEndpoint.objects.get().secret
    assert secret != row.secret and secret in answer.content.decode() and secret not in kept(ada)
    assert "signs until" in ada.post(reverse(LIST), ask, follow=True).content.decode()
    assert WebhookEndpoint.objects.get().secret == secret
