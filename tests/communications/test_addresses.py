"""Answers find their way back by an address and Message-IDs that nobody can forge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.addresses import (
    is_desk_address,
    is_loop_mark,
    is_ours,
    loop_mark,
    new_message_id,
    reply_address,
    token_in,
)
from communications.models import Message
from communications.outbox import deliver
from financy_support.desk.audit.acting import acting
from tests.communications.conftest import SOON
from tests.conftest import NOON
from tests.sinks.smtp import ADDRESS
from tickets.workflow.reply import reply_to_ticket


def test_an_address_says_what_it_is_about_and_whom_it_was_given_to():
    address = reply_address("FIN-000123", customer_id=7)
    assert ADDRESS.fullmatch(address)
    assert len(address.partition("@")[0]) <= 64
    token = token_in(address)
    assert (token.reference, token.customer_id, token.person_id) == ("FIN-000123", 7, None)
    assert token_in(reply_address("FIN-000123", person_id=7)).person_id == 7


def test_mail_systems_that_change_the_case_change_nothing():
    assert token_in(reply_address("FIN-000123", customer_id=7).upper()).reference == "FIN-000123"


@given(at=st.integers(0, 43), letter=st.sampled_from("abcdefghijklmnopqrstuvwxyz234567.-+"))
def test_an_address_with_one_letter_changed_says_nothing(at, letter):
    address = reply_address("FIN-000123", customer_id=7)
    local, _, domain = address.partition("@")
    at %= len(local)
    changed = f"{local[:at]}{letter}{local[at + 1 :]}@{domain}"
    assert changed == address or token_in(changed) is None


@pytest.mark.parametrize("address", [
    "support@financy.example", "support+fin-000123@financy.example", "support+fin-000123.c7.@financy.example",
    "support+fin-000123.c7.aaaaaaaaaaaaaaaa@financy.example", "", "@", "support+@financy.example",
])  # fmt: skip
def test_what_is_not_signed_says_nothing(address):
    assert token_in(address) is None


def test_a_token_of_another_desk_s_address_says_nothing(settings):
    address = reply_address("FIN-000123", customer_id=7)
    settings.DESK_SUPPORT_ADDRESS = "support@other.example"
    assert token_in(address) is None


def test_a_token_is_no_message_id_and_neither_is_a_loop_mark():
    one = new_message_id()
    signature = one[1:-1].partition("@")[0].rpartition(".")[2]
    assert loop_mark(one) != signature
    assert is_loop_mark(loop_mark(one), one)
    assert not is_loop_mark(loop_mark(one), new_message_id())
    assert not is_loop_mark("", one)


def test_our_message_ids_are_known_and_others_are_not():
    one = new_message_id()
    assert is_ours(one)
    assert not is_ours(one.replace(one[1], "a" if one[1] != "a" else "b", 1))
    assert not is_ours("<20260101@mail.example>")
    assert not is_ours("")


def test_a_rotated_key_keeps_old_threads_whole(settings):
    address, message_id = reply_address("FIN-000123", customer_id=7), new_message_id()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" * 6
    assert token_in(address).reference == "FIN-000123"
    assert is_ours(message_id)
    settings.SECRET_KEY_FALLBACKS = []
    assert token_in(address) is None
    assert not is_ours(message_id)


def test_which_addresses_are_the_desk_s(settings):
    assert is_desk_address("Support@Financy.example")
    assert is_desk_address(reply_address("FIN-000123", customer_id=7))
    assert not is_desk_address("ben@financy.example")
    assert not is_desk_address("support@financy.example.evil.example")


def test_each_mail_names_where_answers_go_and_what_was_said_before(sink, greeted, cast):
    ticket = greeted()
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body="It is on its way.", by=cast.tom, at=NOON)
        reply_to_ticket(ticket, body="It has left.", by=cast.tom, at=NOON)
    deliver(SOON)
    first, second, third = (mail.parsed for mail in sink.mails)
    for mail in sink.mails:
        token = token_in(mail.parsed["Reply-To"])
        assert (token.reference, token.customer_id) == (ticket.reference, cast.ben.pk)
        assert is_ours(mail.parsed["Message-ID"])
    assert (first["In-Reply-To"], first["References"]) == (None, None)
    assert second["References"].split() == [first["Message-ID"]]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]


def test_a_long_conversation_names_its_first_mail_and_the_latest_ones(sink, greeted, cast):
    ticket = greeted()
    with acting(by=cast.tom, channel="test"):
        for number in range(30):
            reply_to_ticket(ticket, body=f"Step {number}", by=cast.tom, at=NOON)
    deliver(SOON)
    ids = list(Message.objects.order_by("id").values_list("message_id", flat=True))
    assert sink.mails[-1].parsed["References"].split() == [ids[0], *ids[-10:-1]]


def test_bounces_come_back_to_the_thread_but_nobody_can_answer_an_acknowledgement(sink, greeted, cast):
    ticket = greeted()
    with acting(by=cast.tom, channel="test"):
        reply_to_ticket(ticket, body="It is on its way.", by=cast.tom, at=NOON)
    deliver(SOON)
    acknowledgement, answer = sink.mails
    assert acknowledgement.sender == ""
    assert is_loop_mark(acknowledgement.parsed["X-Financy-Loop"], acknowledgement.parsed["Message-ID"])
    assert token_in(answer.sender).reference == ticket.reference
