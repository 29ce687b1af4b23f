"""R3: many clients send the same request with the same key while web workers are killed with -9."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from communications.models import Message
from financy_support.api.models import IdempotencyKey
from tests.cast import Cast
from tests.nemesis.client import Client, Said
from tests.nemesis.listeners import Listeners
from tests.nemesis.stage import Stage
from tests.nemesis.verdict import Mails, Verdict
from tickets.models import Ticket

KEYS_AT_ONCE = 4
PATIENCE = 120.0


@dataclass
class Crowd:
    """``clients`` clients for each key; ``tries`` holds, for each key, what each of them was told, in order."""

    stage: Stage
    token: str
    customer: str
    clients: int
    tries: dict[str, list[list[Said]]]
    done: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """A few keys at a time, all clients of a key at once; returns when each was answered or lost patience."""
        keys = list(self.tries)
        for first in range(0, len(keys), KEYS_AT_ONCE):
            together = keys[first : first + KEYS_AT_ONCE]
            gate = threading.Barrier(len(together) * self.clients)
            threads = [
                threading.Thread(target=self._insist, args=(key, gate)) for key in together for _ in range(self.clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.done.set()

    def _insist(self, key: str, gate: threading.Barrier) -> None:
        """As a careful client does: again on 409 and on a broken connection, with the same key and the same words."""
        client = Client(self.stage, self.token)
        told: list[Said] = []
        self.tries[key].append(told)
        gate.wait()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            said = client.open_ticket(key=key, customer=self.customer, subject=key)
            told.append(said)
            if said.status not in (0, 409):
                break
            time.sleep(said.retry_after or 0.25)
        client.close()


def play(stage: Stage, cast: Cast, token: str, *, keys: int, clients: int, pause: float, seed: int) -> Verdict:
    """Send each of ``keys`` keys from ``clients`` clients at once; kill a web worker every ``pause`` seconds or so."""
    stage.start("sink", "broker", "worker-1", "worker-2", "beat", "engine", "web")
    mails = Mails(stage.record)
    run = f"retries-{time.time()}"
    crowd = Crowd(stage, token, cast.ben.email, clients, {f"{run}-{number}": [] for number in range(keys)})
    with Listeners(cast) as listeners:
        asking = threading.Thread(target=crowd.ask)
        asking.start()
        kills = _kill_web_workers(stage, crowd.done, pause, random.Random(seed))
        asking.join()
        listeners.fall_silent()
        Stage.until(lambda: mails.open_deliveries() == 0, "the outbox is empty")
        verdict = Verdict("R3 retried requests")
        opened = [ticket.reference for ticket in Ticket.objects.filter(subject__in=crowd.tries)]
        mails.judge(verdict, opened)
        listeners.judge(verdict, opened)
        _judge(verdict, crowd)
    if any("none of" in breach for breach in verdict.breaches):
        verdict.others["last words of the web role"] = stage.last_words("web")
    verdict.others["kills of web workers"] = str(kills)
    verdict.demand(IdempotencyKey.objects.filter(key__startswith=run).count() == keys, "keys are missing")
    verdict.demand(kills > 0, "nothing was killed: the scenario proves nothing")
    return verdict


def _judge(verdict: Verdict, crowd: Crowd) -> None:
    """Every client is to be answered with the same bytes, and each key to have made one ticket and one greeting."""
    everybody = [told for one in crowd.tries.values() for told in one]
    statuses = Counter(said.status for told in everybody for said in told)
    tickets = Ticket.objects.filter(subject__in=crowd.tries)
    opened = Counter(tickets.values_list("subject", flat=True))
    greetings = Message.objects.filter(about_label="tickets.ticket", deliveries__kind="email")
    greeted = greetings.filter(about_id__in=tickets.values("pk")).count()
    answered = [told for told in everybody if told[-1].status == 201]
    verdict.attempted, verdict.acknowledged = len(everybody), len(answered)
    verdict.lost += sum(opened[key] == 0 for key in crowd.tries)
    verdict.duplicated += opened.total() - len(opened)
    verdict.unexpected += sum(len({told[-1].body for told in one}) != 1 for one in crowd.tries.values())
    verdict.recovered = sum(any(said.status == 0 for said in told) for told in answered)
    verdict.others["tries"] = ", ".join(f"{count} × {status or 'broken'}" for status, count in sorted(statuses.items()))
    verdict.demand(opened.total() == len(crowd.tries), f"{opened.total()} tickets for {len(crowd.tries)} keys")
    verdict.demand(greeted == len(crowd.tries), f"{greeted} greetings for {len(crowd.tries)} keys")
    verdict.demand(len(answered) == len(everybody), "a client was never answered with 201")
    verdict.demand(verdict.lost == 0, "words were lost")
    verdict.demand(verdict.duplicated == 0, "words were doubled, though no worker was killed")
    verdict.demand(verdict.unexpected == 0, "answers to the same key differ, or words left that nobody owed")
    odd = [said for told in everybody for said in told if said.status not in (0, 201, 409)]
    verdict.demand(not odd, f"an answer was none of 201, 409: {odd[:1]}")


def _kill_web_workers(stage: Stage, done: threading.Event, pause: float, dice: random.Random) -> int:
    """kill -9 one of the web server's workers now and then; it forks another, or ends and is started again."""
    kills = 0
    while not done.wait(pause * dice.uniform(0.5, 1.5)):
        stage.restart("web")
        forked = stage.forks("web")
        if len(forked) > 1:
            os.kill(dice.choice(forked), signal.SIGKILL)
            kills += 1
    return kills
