"""A tool and a Slack channel that listen beside the mail server, and what each heard against what was owed to it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self

from django.db import connection

from communications.models import Delivery, Destination, ProviderAccount, WebhookEndpoint
from communications.workflow.change_webhook import change_webhook
from communications.workflow.register_webhook import register_webhook
from communications.workflow.send_test_message import send_test_message
from financy_support.desk.audit.acting import acting
from financy_support.engines import database_now
from tests.cast import Cast
from tests.nemesis.verdict import Verdict, percentile, seconds_of
from tests.sinks.slack import SlackSink
from tests.sinks.webhook import WebhookSink

LATE_LIMIT = 10.0
EVERY = 1.5  # seconds between two posts: Slack takes one a second


class Listeners:
    """From entering on, each ticket opened owes the tool a webhook, and the channel hears a post now and then."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._stack = ExitStack()
        self._stopping = threading.Event()
        self._poster = threading.Thread(target=self._post_on)

    def __enter__(self) -> Self:
        self.tool = self._stack.enter_context(WebhookSink())
        self.slack = self._stack.enter_context(SlackSink())
        self._endpoint = register(self._cast, self.tool)
        self._place = slack_place(self._cast, self.slack)
        self._poster.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fall_silent()
        with acting(by=self._cast.ada, channel="nemesis") as act:
            change_webhook(self._endpoint, is_active=False, by=act.by, at=act.at or database_now())
        self._stack.close()

    def fall_silent(self) -> None:
        """Nothing more is posted to the channel."""
        self._stopping.set()
        self._poster.join()

    def judge(self, verdict: Verdict, acknowledged: Iterable[str]) -> None:
        """Add what they lost, heard without being owed it, and heard twice. Call it when the outbox is empty."""
        self._judge_tool(verdict, set(acknowledged))
        self._judge_channel(verdict)
        verdict.demand(not self.tool.refused, f"the tool refused: {self.tool.refused[:3]}")

    def _judge_tool(self, verdict: Verdict, owed: set[str]) -> None:
        written = {
            f"msg_{one.message_id}": one.message.created_at.timestamp()
            for one in Delivery.objects.filter(endpoint=self._endpoint).select_related("message")
        }
        told = Counter(news["data"]["reference"] for news in self.tool.heard.values())
        taken = [one for one in self.tool.requests if one.headers.get("webhook-id") in self.tool.heard]
        verdict.lost += len(owed - set(told))
        verdict.unexpected += len(set(self.tool.heard) - set(written)) + len(set(told) - owed)
        verdict.unexpected += sum(count - 1 for count in told.values())
        copies = Counter(one.headers["webhook-id"] for one in taken)
        verdict.duplicated += sum(count - 1 for count in copies.values())
        firsts = {one.headers["webhook-id"]: one.at for one in reversed(taken)}
        waits = [at - written[number] for number, at in firsts.items() if number in written]
        verdict.others["webhooks, from cause to tool"] = seconds_of(waits)
        is_late = bool(waits) and percentile(waits, 99) > LATE_LIMIT
        verdict.demand_time(not is_late, f"webhooks came later than {LATE_LIMIT} s")

    def _judge_channel(self, verdict: Verdict) -> None:
        owed = Delivery.objects.filter(message__destination=self._place).count()
        stand = Counter(str(post["metadata"]) for post in self.slack.posts)
        verdict.lost += owed - len(stand)
        verdict.duplicated += len(self.slack.posts) - len(stand)
        verdict.others["posts to Slack"] = f"{len(stand)} of {owed}, {len(self.slack.refused)} told to wait"
        verdict.demand(owed > 0, "nothing was posted to Slack: its part proves nothing")

    def _post_on(self) -> None:
        while not self._stopping.is_set():
            with acting(by=self._cast.ada, channel="nemesis") as act:
                send_test_message(self._place, by=act.by, at=act.at or database_now())
            self._stopping.wait(EVERY)
        connection.close()


def register(cast: Cast, sink: WebhookSink) -> WebhookEndpoint:
    """The tool's endpoint for tickets that are opened; the sink knows its secret."""
    with acting(by=cast.ada, channel="nemesis") as act:
        endpoint, secret = register_webhook(
            url=sink.address, events=["ticket.opened"], owner=cast.monitor, by=act.by, at=act.at or database_now()
        )
    sink.secrets.append(secret)
    return endpoint


def slack_place(cast: Cast, sink: SlackSink) -> Destination:
    """A channel of that workspace."""
    with acting(by=cast.ada, channel="nemesis"):
        account = ProviderAccount(kind="slack", name=f"Our Slack {sink.port}", base_url=sink.base_url)
        account.secret = sink.token
        account.save()
        return Destination.objects.create(
            code=f"slack-{sink.port}", name="#support", account=account, address="C0SUPPORT"
        )
