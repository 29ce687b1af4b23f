"""Webhooks over a real socket: signed, tried again, never into a private network, and off when nobody listens."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from communications.models import Delivery, DeliveryState, Gate, Message, WebhookEndpoint
from communications.outbox import deliver
from communications.workflow import recover_webhook as recovering
from communications.workflow import resend_webhook as resending
from communications.workflow.change_webhook import change_webhook
from communications.workflow.recover_webhook import recover_webhook
from communications.workflow.register_webhook import MOST, register_webhook
from communications.workflow.resend_webhook import resend_webhook
from communications.workflow.rotate_webhook_secret import BOTH_SIGN_FOR, rotate_webhook_secret
from communications.workflow.send_test_webhook import send_test_webhook
from financy_support.api.models import ApiToken
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.api.conftest import issue
from tests.communications.conftest import SOON
from tests.conftest import NOON
from tests.make import do, make_ticket, sweep_at
from tests.sinks.http import Stage, drop, hang, say
from tests.sinks.webhook import WebhookSink
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_severity import change_severity
from tickets.workflow.close import close_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

CANARY = "c4n4ry"


@pytest.fixture
def tool(cast):
    issue(cast.monitor, ["webhooks", "tickets:read"])
    cast.monitor.scopes = frozenset({"webhooks", "tickets:read"})
    return cast.monitor


@pytest.fixture
def board(settings):
    settings.PROVIDER_TIMEOUT = 1.0
    with WebhookSink() as server:
        yield server


@pytest.fixture
def endpoint(tool, board):
    return register(tool, board.address)


def register(tool, url, **more):
    with acting(by=tool, channel="test"):
        endpoint, secret = register_webhook(url=url, by=tool, at=NOON, **more)
    endpoint.told = secret
    return endpoint


@pytest.fixture
def listening(board, endpoint):
    board.secrets.append(endpoint.told)
    return endpoint


def to_it(endpoint):
    return Delivery.objects.filter(endpoint=endpoint).order_by("id")


def act(verb, *args, by, at=SOON, **more):
    with acting(by=by, channel="test"):
        return verb(*args, by=by, at=at, **more)


def only_webhooks(at=SOON):
    """One run of the outbox; the mails of the story are not what is looked at."""
    Delivery.objects.exclude(kind="webhook").update(state=DeliveryState.PARKED)
    return deliver(at)


def test_a_ticket_s_story_is_told_step_by_step_and_nothing_that_anybody_wrote_or_is_called(cast, board, listening):
    ticket = make_ticket(cast.ben, subject=f"{CANARY} subject", description=f"{CANARY} words")
    do(assign_ticket, ticket, to=cast.tom, by=cast.tom, at=NOON)
    do(reply_to_ticket, ticket, body=f"{CANARY} answer", by=cast.tom, at=NOON, confirm=["unseen"])
    do(note_ticket, ticket, body=f"{CANARY} note", by=cast.tom, at=NOON)
    do(hold_ticket, ticket, reason="vendor", by=cast.tom, at=NOON)
    do(resume_ticket, ticket, by=cast.tom, at=NOON)
    do(change_severity, ticket, severity="high", reason=f"{CANARY} reason", by=cast.tom, at=NOON)
    words = {name: f"{CANARY} {name}" for name in ("summary", "actions_taken", "prevention_measures")}
    do(resolve_ticket, ticket, **words, by=cast.ada, at=NOON, confirm=["unseen"])
    do(reopen_ticket, ticket, reason=f"{CANARY} again", by=cast.ben.user, at=NOON)
    do(resolve_ticket, ticket, **words, by=cast.ada, at=NOON, confirm=["unseen"])
    do(close_ticket, ticket, by=cast.ben.user, at=NOON)
    only_webhooks()
    assert board.refused == []
    assert board.events == [f"ticket.{verb}" for verb in (
        "opened", "assigned", "replied", "held", "resumed", "severity_changed", "escalated", "resolved", "reopened",
        "resolved", "closed",
    )]  # fmt: skip
    told = "".join(request.body.decode() for request in board.requests)
    assert CANARY not in told
    assert not any(name in told for name in ("ben@", "Ben", "Tom", "tom@"))
    escalated = next(news["data"] for news in board.heard.values() if news["type"] == "ticket.escalated")
    assert (escalated["reference"], escalated["from_tier"], escalated["tier"]) == (ticket.reference, 1, 2)
    assert (escalated["kind"], escalated["trigger"]) == ("severity", "immediate_to_tier_2")
    assert set(to_it(listening).values_list("state", flat=True)) == {"delivered"}


def test_time_tells_too(cast, board, listening):
    ticket = make_ticket(cast.ana)
    sweep_at(ticket.deadlines.get(kind="time_in_tier").due_at)
    only_webhooks(at=NOON + timedelta(days=1))
    assert board.events == ["ticket.opened", "ticket.escalated"]


def test_of_security_tickets_nothing_is_told(cast, listening):
    ticket = make_ticket(cast.ben, category="security")
    do(reply_to_ticket, ticket, body="words", by=cast.sam, at=NOON, confirm=["unseen"])
    assert not to_it(listening).exists()


def test_an_endpoint_hears_only_what_it_asked_for(cast, tool, board):
    endpoint = register(tool, board.address, events=["ticket.resolved"])
    make_ticket(cast.ben)
    assert not to_it(endpoint).exists()


def test_a_desk_without_endpoints_asks_the_database_nothing_for_them(cast, django_assert_num_queries):
    ticket = make_ticket(cast.ben)
    do(hold_ticket, ticket, reason="vendor", by=cast.tom, at=NOON)
    with acting(by=cast.tom, channel="test"), django_assert_num_queries(0):
        from tickets.news import TicketNews, tell

        tell(TicketNews.HELD, ticket, by=cast.tom, at=NOON)


def test_a_rolled_back_act_tells_nothing(cast, listening):
    with pytest.raises(Invalid):
        make_ticket(cast.ben, channel="nowhere")
    assert not to_it(listening).exists()


def test_every_try_has_the_same_id_and_bytes_and_a_timestamp_of_its_own(tool, board, listening):
    board.then(say(500), drop(Stage.TAKEN), hang(), say(404))
    act(send_test_webhook, listening, by=tool)
    at = SOON
    for _ in range(6):
        only_webhooks(at)
        at += timedelta(hours=5)
    first, *others = [request for request in board.requests if request.body]
    assert len(others) == 4
    assert {request.headers["webhook-id"] for request in board.requests} == {first.headers["webhook-id"]}
    assert {request.body for request in others} == {first.body}
    assert board.events == ["webhook.test"]
    assert to_it(listening).get().state == DeliveryState.DELIVERED


def test_the_time_that_a_busy_tool_asks_for_is_given_to_it(tool, board, listening):
    board.then(say(503, Retry_After="7200"))
    act(send_test_webhook, listening, by=tool)
    only_webhooks()
    only_webhooks(SOON + timedelta(minutes=110))
    assert len(board.requests) == 1
    only_webhooks(SOON + timedelta(minutes=121))
    assert board.events == ["webhook.test"]


def test_a_redirect_is_not_followed(tool, board, listening):
    board.then(say(302, Location=f"{board.url}/elsewhere"))
    act(send_test_webhook, listening, by=tool)
    only_webhooks()
    assert [request.path for request in board.requests] == ["/desk"]
    assert to_it(listening).get().last_error.startswith("302")


def test_of_a_long_answer_little_is_kept(tool, board, listening):
    board.then(say(400, "x" * 1_000_000))
    act(send_test_webhook, listening, by=tool)
    only_webhooks()
    assert 2_000 < len(to_it(listening).get().last_error) <= 2_048


def test_one_that_is_dead_keeps_no_other_waiting(tool, board, listening):
    with WebhookSink() as dead:
        away = register(tool, dead.address)
    for _ in range(5):
        act(send_test_webhook, away, by=tool)
        act(send_test_webhook, listening, by=tool)
    only_webhooks()
    assert len(board.heard) == 5
    assert Gate.objects.get(key=away.gate).is_closed
    assert to_it(away).filter(state=DeliveryState.HELD).count() >= 3


def test_gone_switches_it_off_parks_what_waits_and_tells_whose_it_is(cast, tool, board, listening):
    board.then(say(410))
    for _ in range(3):
        act(send_test_webhook, listening, by=tool)
    only_webhooks()
    listening.refresh_from_db()
    assert (listening.is_active, listening.off_because) == (False, "It answered 410 Gone.")
    assert sorted(to_it(listening).values_list("state", flat=True)) == ["dead", "parked", "parked"]
    told = Message.objects.get(purpose="webhook_off")
    assert told.person == tool
    assert board.address in told.body and "2 pieces of news" in told.body
    make_ticket(cast.ben)
    assert to_it(listening).count() == 3
    assert listening.history.first().history_user_id == told.by_id


def test_one_that_hears_nothing_for_days_is_switched_off(tool, board, listening):
    board.then(*[say(500)] * 50)
    act(send_test_webhook, listening, by=tool)
    at = SOON
    while WebhookEndpoint.objects.get().is_active and at < SOON + timedelta(days=6):
        only_webhooks(at)
        at += timedelta(hours=4)
    assert timedelta(days=3) < at - SOON < timedelta(days=5)
    assert "Nothing was heard there since 2026-11-23" in WebhookEndpoint.objects.get().off_because


def test_one_piece_of_news_that_it_never_likes_switches_nothing_off(tool, board, listening):
    act(send_test_webhook, listening, by=tool)
    at = SOON
    while at < SOON + timedelta(days=5):
        board.then(say(422))
        only_webhooks(at)
        if at == SOON + timedelta(days=2):
            board.faults.clear()
            act(send_test_webhook, listening, by=tool, at=at)
            to_it(listening).filter(pk=to_it(listening).first().pk).update(due_at=at + timedelta(hours=1))
            only_webhooks(at)
        at += timedelta(hours=4)
    assert WebhookEndpoint.objects.get().is_active


def test_switched_on_again_it_gets_what_it_missed_under_the_old_ids(cast, tool, board, listening):
    for _ in range(2):
        act(send_test_webhook, listening, by=tool)
    act(change_webhook, listening, is_active=False, by=tool)
    assert set(to_it(listening).values_list("state", flat=True)) == {"parked"}
    with pytest.raises(Conflict, match="not in use"):
        act(recover_webhook, listening, since=NOON, by=tool)
    act(change_webhook, listening, is_active=True, by=tool)
    assert act(recover_webhook, listening, since=NOON, by=tool) == 2
    only_webhooks()
    assert set(board.heard) == {f"msg_{one}" for one in to_it(listening).values_list("message_id", flat=True)}


def test_what_was_heard_is_sent_again_when_asked_for_and_not_while_it_is_on_its_way(tool, board, listening):
    act(send_test_webhook, listening, by=tool)
    delivery = to_it(listening).get()
    with pytest.raises(Conflict, match="on its way"):
        act(resend_webhook, delivery, by=tool)
    only_webhooks()
    act(resend_webhook, delivery, by=tool)
    only_webhooks(SOON + timedelta(seconds=5))
    assert len(board.requests) == 2 and len(board.heard) == 1
    assert [one.outcome for one in delivery.attempt_log.order_by("id")] == ["delivered", "redriven", "delivered"]


def test_while_a_secret_is_changed_both_sign_and_then_only_the_new_one(tool, board, listening):
    _, new = act(rotate_webhook_secret, listening, by=tool, at=datetime.now(UTC))  # receivers go by the real clock
    assert new != listening.told
    act(send_test_webhook, listening, by=tool)
    only_webhooks()  # the tool knows the old one only
    assert len(board.requests[0].headers["webhook-signature"].split()) == 2
    board.secrets[:] = [new]
    act(send_test_webhook, listening, by=tool)
    only_webhooks(SOON + timedelta(seconds=5))
    assert len(board.heard) == 2
    with acting(by=tool, channel="test"):
        WebhookEndpoint.objects.update(before_until=NOON - BOTH_SIGN_FOR)
    act(send_test_webhook, listening, by=tool)
    only_webhooks(SOON + timedelta(seconds=10))
    assert len(board.requests[2].headers["webhook-signature"].split()) == 1
    assert len(board.heard) == 3


def test_a_second_change_waits_until_the_first_is_over(tool, listening):
    _, new = act(rotate_webhook_secret, listening, by=tool, at=SOON)
    with pytest.raises(Conflict, match="signs until"):
        act(rotate_webhook_secret, listening, by=tool, at=SOON + BOTH_SIGN_FOR - timedelta(seconds=1))
    row = WebhookEndpoint.objects.get()
    assert (row.secret, row.secret_before) == (new, listening.told)
    act(rotate_webhook_secret, listening, by=tool, at=SOON + BOTH_SIGN_FOR)
    assert WebhookEndpoint.objects.get().secret_before == new


def test_the_secret_lies_sealed_and_joins_no_history_no_message_and_no_log(tool, board, listening, caplog):
    caplog.set_level("DEBUG")
    act(send_test_webhook, listening, by=tool)
    only_webhooks()
    row = WebhookEndpoint.objects.get()
    assert listening.told not in row.sealed_secret and row.secret == listening.told
    assert not any("secret" in field.name for field in WebhookEndpoint.history.model._meta.fields)
    assert listening.told not in caplog.text + "".join(Message.objects.values_list("body", flat=True))


FORMS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
    "127.255.255.254", "localhost", "localhost.", "LOCALHOST", "LocalHost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00::1]", "[ff02::1]",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "①②⑦.⓪.⓪.①", "127。0。0。1", "example.com@127.0.0.1", "127.0.0.1#@example.com",
]  # fmt: skip


@pytest.mark.parametrize("host", FORMS)
def test_no_address_leads_into_a_private_network_however_it_is_written(tool, board, settings, host):
    settings.WEBHOOKS_TO_LOOPBACK = False
    endpoint = register(tool, "https://tools.example.com/desk")
    port = board.port
    name, _, rest = host.partition("#")
    url = f"http://{name}:{port}/desk" + (f"#{rest}" if rest else "")
    with acting(by=tool, channel="test"):
        WebhookEndpoint.objects.update(url=url)  # past the verb, as a name that changed its address would be
    act(send_test_webhook, WebhookEndpoint.objects.get(), by=tool)
    with connections_seen() as seen:
        only_webhooks()
    mail_server = ("127.0.0.1", 1)  # whose tool it is, is told
    assert [one for one in seen if one not in (database_address(), mail_server)] == []
    assert board.connections == 0
    delivery = to_it(endpoint).get()
    assert delivery.state != DeliveryState.DELIVERED and delivery.last_error


def test_a_name_that_is_looked_up_twice_leads_nowhere_else_the_second_time(tool, board, settings, monkeypatch):
    """DNS rebinding: the first answer is public, every later one is this machine."""
    settings.WEBHOOKS_TO_LOOPBACK, settings.PROVIDER_TIMEOUT = False, 0.3
    register(tool, "https://tools.example.com/desk")
    act(send_test_webhook, WebhookEndpoint.objects.get(), by=tool)
    answers = iter(["198.51.99.1"])
    real = socket.getaddrinfo

    def rebinding(host, port, *rest, **more):
        if host == "tools.example.com":
            return real(next(answers, "127.0.0.1"), port, *rest, **more)
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with connections_seen() as seen:
        only_webhooks()
    assert {address for address, _port in seen} - {database_address()[0]} == {"198.51.99.1"}
    assert board.connections == 0


@contextmanager
def connections_seen():
    """Every address that this process connects to meanwhile, as the interpreter's own audit tells."""
    seen = []
    is_on = [True]

    def hook(event, args):
        if is_on[0] and event == "socket.connect" and isinstance(args[1], tuple):
            seen.append(args[1][:2])

    sys.addaudithook(hook)
    try:
        yield seen
    finally:
        is_on[0] = False


def database_address():
    from django.db import connection

    return connection.settings_dict["HOST"], int(connection.settings_dict["PORT"] or 0)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tools.example.com/", "tools.example.com/desk", "http://", "https://", "https://u:p@tools.example.com/",
        "https://tools.example.com/#there", "https://10.0.0.1/", "https://[fd00::1]/", "https://169.254.169.254/latest",
        f"https://tools.example.com/{'x' * 500}", "javascript:alert(1)", "https://tools.example.com/\nX: y", "",
    ],
)  # fmt: skip
def test_what_is_no_address_on_the_internet_is_refused_by_name(tool, url):
    with pytest.raises(Invalid) as refusal:
        register(tool, url)
    assert refusal.value.problems[0].field == "url"


def test_in_production_neither_this_machine_nor_plain_http(tool, settings):
    settings.WEBHOOKS_TO_LOOPBACK = False
    for url in ("https://127.0.0.1/", "http://tools.example.com/"):
        with pytest.raises(Invalid):
            register(tool, url)


def test_only_a_tool_with_both_scopes_and_administrators_have_endpoints_each_its_own(cast, tool, board, listening):
    for person in (cast.tom, cast.eve, cast.ben.user):
        with pytest.raises(NotAllowed):
            register(person, "https://tools.example.com/desk")
        with pytest.raises(NotAllowed):
            act(rotate_webhook_secret, listening, by=person)
    tool.scopes = frozenset({"webhooks"})
    with pytest.raises(NotAllowed, match="tickets:read"):
        register(tool, "https://tools.example.com/desk")
    with pytest.raises(Invalid) as refusal:
        register(cast.ada, "https://tools.example.com/desk")
    assert refusal.value.problems[0].field == "owner"
    assert register(cast.ada, "https://tools.example.com/desk", owner=tool).owner == tool


def test_another_tool_s_endpoint_is_not_found(cast, tool, listening):
    from financy_support.desk.people.user import User, UserKind

    with acting(by=cast.ada, channel="test"):
        stranger = User.objects.create_user("other@financy.example", name="Other", kind=UserKind.TOOL)
    stranger.scopes = frozenset({"webhooks", "tickets:read"})
    with pytest.raises(NotFound):
        act(change_webhook, listening, description="mine now", by=stranger)


def test_one_address_is_registered_once_and_a_tool_has_twenty_at_most(tool, listening, board):
    with pytest.raises(Conflict) as refusal:
        register(tool, board.address)
    assert refusal.value.code == "taken"
    for number in range(MOST - 1):
        register(tool, f"https://tools.example.com/{number}")
    with pytest.raises(Conflict, match="20 endpoints at most"):
        register(tool, "https://tools.example.com/one-more")


def test_unknown_news_are_refused_and_the_known_ones_named(tool):
    with pytest.raises(Invalid, match="ticket.escalated"):
        register(tool, "https://tools.example.com/", events=["ticket.exploded"])


def test_a_tool_that_was_deactivated_hears_nothing_more(cast, tool, board, listening):
    act(send_test_webhook, listening, by=tool)
    with acting(by=cast.ada, channel="test"):
        tool.is_active = False
        tool.save()
    only_webhooks()
    assert board.requests == []
    assert to_it(listening).get().state == DeliveryState.DEAD


@pytest.mark.parametrize(
    "lost", [{"revoked_at": NOON}, {"expires_at": NOON - timedelta(days=9)}, {"scopes": ["webhooks"]}]
)
def test_a_tool_whose_token_is_gone_hears_nothing_until_it_has_another(tool, board, listening, lost):
    with acting(by=tool, channel="test"):
        ApiToken.objects.update(**lost)
    act(send_test_webhook, listening, by=tool)
    assert only_webhooks() == {"temporary": 1}
    assert board.requests == [] and "issue one" in to_it(listening).get().last_error
    issue(tool, ["webhooks", "tickets:read"])
    only_webhooks(SOON + timedelta(minutes=10))
    assert len(board.heard) == 1


def test_what_an_administrator_registered_for_a_tool_needs_no_token(cast, tool, board):
    with acting(by=tool, channel="test"):
        ApiToken.objects.update(revoked_at=NOON)
    endpoint = register(cast.ada, board.address, owner=tool)
    board.secrets.append(endpoint.told)
    act(send_test_webhook, endpoint, by=cast.ada)
    only_webhooks()
    assert len(board.heard) == 1


def test_a_deactivated_tool_s_endpoint_is_switched_off_and_notes_nothing_on_tickets(cast, tool, board, listening):
    ticket = make_ticket(cast.ben)
    with acting(by=cast.ada, channel="test"):
        tool.is_active = False
        tool.save()
    only_webhooks()
    listening.refresh_from_db()
    assert not listening.is_active and "log-in" in listening.off_because
    assert not ticket.replies.filter(is_internal=True).exists()


def test_agents_and_other_tools_see_neither_address_nor_answers_of_an_endpoint(cast, tool, board, listening):
    ticket = make_ticket(cast.ben)
    assert to_it(listening).get().address == "127.0.0.1"
    seen = Message.objects.visible_to(cast.tom).filter(about_id=ticket.pk)
    assert seen.exists() and not seen.filter(purpose="webhook").exists()
    assert Message.objects.visible_to(cast.ada).filter(purpose="webhook").exists()


def test_what_was_erased_is_not_sent_again(cast, tool, board, listening, monkeypatch):
    make_ticket(cast.ben)
    to_it(listening).update(state=DeliveryState.DEAD)
    for module in (recovering, resending):
        monkeypatch.setattr(module, "ERASED_WORDS", Message.objects.get(purpose="webhook").body)  # only an owner erases
    assert act(recover_webhook, listening, since=NOON - timedelta(days=1), by=tool) == 0
    with pytest.raises(Conflict, match="erased"):
        act(resend_webhook, to_it(listening).get(), by=tool)
