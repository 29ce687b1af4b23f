"""D1: one endpoint hangs; ten thousand mails, webhooks and Slack posts beside it leave as if it were not there."""

from __future__ import annotations

import time
from contextlib import ExitStack

from communications.models import Delivery, DeliveryState, Destination, Message
from communications.workflow.send_test_message import send_test_message
from financy_support.desk.audit.acting import acting
from financy_support.engines import database_now
from tests.cast import Cast
from tests.nemesis.listeners import register, slack_place
from tests.nemesis.stage import Stage
from tests.nemesis.verdict import Mails, Verdict, first_copies, percentile, seconds_of
from tests.sinks.http import hang
from tests.sinks.slack import SlackSink
from tests.sinks.webhook import WebhookSink
from tickets.workflow.open import Question, open_tickets

TICKS_A_SECOND = 5
P95_LIMIT = 5.0


def play(stage: Stage, cast: Cast, *, others: int, rate: int) -> Verdict:
    """Write ``others`` words at ``rate`` a second (each ticket: a mail and a webhook) while an endpoint hangs.

    Each ticket owes the endpoint that hangs a webhook too; a Slack channel hears something each second.
    """
    stage.start("sink", "broker", "worker-1", "worker-2", "beat", "engine")
    verdict = Verdict("D1 one dead endpoint")
    mails = Mails(stage.record)
    with ExitStack() as stack:
        live, dead, slack = (stack.enter_context(kind()) for kind in (WebhookSink, WebhookSink, SlackSink))
        dead.then(*[hang()] * 100_000)
        _, unheard = register(cast, live), register(cast, dead)
        place = slack_place(cast, slack)
        began = time.monotonic()
        opened = _write(cast, place, tickets=others // 2, a_second=rate // 2)
        wrote_in = time.monotonic() - began
        waiting = Delivery.objects.filter(state__in=(DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD))
        Stage.until(lambda: not waiting.exclude(endpoint=unheard).exists(), "everything else has left", patience=300)
        _judge(verdict, mails, live, slack, place, opened)
        kept = Delivery.objects.filter(endpoint=unheard)
        held = kept.exclude(state__in=(DeliveryState.DEAD, DeliveryState.DELIVERED)).count()
        verdict.others["written in"] = f"{wrote_in:.0f} s; the dead endpoint was tried {len(dead.requests)} times"
        verdict.others["kept for the dead endpoint"] = f"{held} of {kept.count()}"
        verdict.demand(held == kept.count() == opened, "something for the dead endpoint was given up or lost")
    return verdict


def _write(cast: Cast, place: Destination, *, tickets: int, a_second: int) -> int:
    """How many tickets were opened, in even steps."""
    began, opened, step = time.monotonic(), 0, 0
    while opened < tickets:
        many = min(a_second // TICKS_A_SECOND, tickets - opened)
        questions = [Question(cast.ben, f"Question {opened + one}", "It does not work.") for one in range(many)]
        with acting(by=cast.ben.user, channel="test") as act:
            open_tickets(questions, by=cast.ben.user, at=act.at or database_now())
        if step % TICKS_A_SECOND == 0:
            with acting(by=cast.ada, channel="test") as act:
                send_test_message(place, by=cast.ada, at=act.at or database_now())
        opened, step = opened + many, step + 1
        time.sleep(max(began + step / TICKS_A_SECOND - time.monotonic(), 0))
    return opened


def _judge(
    verdict: Verdict, mails: Mails, live: WebhookSink, slack: SlackSink, place: Destination, opened: int
) -> None:
    written = {one.message_id: one for one in Message.objects.only("message_id", "created_at", "person", "destination")}
    by_number = {f"msg_{one.pk}": one.created_at.timestamp() for one in written.values()}
    taken = mails.taken()
    by_mail = [one.at - written[one.message_id].created_at.timestamp() for one in first_copies(taken)]
    hooks = [one for one in live.requests if one.headers.get("webhook-id") in live.heard]
    by_hook = [one.at - by_number[one.headers["webhook-id"]] for one in hooks]
    posts = Message.objects.filter(destination=place).count()
    verdict.attempted = opened * 2 + posts
    verdict.acknowledged = verdict.recovered = len(first_copies(taken)) + len(live.heard) + len(slack.posts)
    verdict.lost = verdict.attempted - verdict.acknowledged
    verdict.duplicated = len(taken) - len(first_copies(taken)) + len(hooks) - len(live.heard)
    verdict.others["mails, from cause to server"] = seconds_of(by_mail)
    verdict.others["webhooks, from cause to tool"] = seconds_of(by_hook)
    verdict.others["posts to Slack, one a second"] = f"{len(slack.posts)} of {posts}, {len(slack.refused)} throttled"
    p95 = percentile(by_mail + by_hook, 95)
    verdict.others["p95 of the others"] = f"{p95:.2f} s"
    verdict.demand(verdict.lost == 0, "words were lost")
    verdict.demand(verdict.duplicated == 0, "words were doubled, though nothing was killed")
    verdict.demand(not live.refused, f"the tool refused: {live.refused[:3]}")
    verdict.demand_time(p95 <= P95_LIMIT, f"others were later than {P95_LIMIT} s")
