"""R3: many clients send the same request with the same key while web workers are killed with -9."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter

from communications.models import Message
from financy_support.api.models import IdempotencyKey
from tests.cast import Cast
from tests.nemesis.client import Client, Said
from tests.nemesis.stage import Stage
from tests.nemesis.verdict import Verdict
from tickets.models import Ticket

KEYS_AT_ONCE = 4


def play(stage: Stage, cast: Cast, token: str, *, keys: int, clients: int, pause: float, seed: int) -> Verdict:
    """Send each of ``keys`` keys from ``clients`` clients at once; kill a web worker every ``pause`` seconds or so."""
    stage.start("web")
    verdict = Verdict("R3 retried requests", attempted=keys * clients)
    run = f"retries-{time.time()}"
    answers: dict[str, list[Said]] = {f"{run}-{number}": [] for number in range(keys)}
    tries: Counter[int] = Counter()
    done = threading.Event()
    asking = threading.Thread(target=_ask_all, args=(stage, token, cast.ben.email, answers, clients, tries, done))
    asking.start()
    kills = _kill_web_workers(stage, done, pause, random.Random(seed))
    asking.join()
    opened = Counter(Ticket.objects.filter(subject__in=answers).values_list("subject", flat=True))
    greeted = Message.objects.filter(about_id__in=Ticket.objects.filter(subject__in=answers).values("pk")).count()
    verdict.acknowledged = sum(said.status == 201 for one in answers.values() for said in one)
    verdict.lost = sum(opened[key] == 0 for key in answers)
    verdict.duplicated = sum(count - 1 for count in opened.values()) + greeted - len(opened)
    verdict.unexpected = sum(len({said.body for said in one}) != 1 for one in answers.values())
    verdict.recovered = tries[0]
    verdict.others["kills of web workers"] = str(kills)
    verdict.others["tries"] = ", ".join(f"{count} × {status or 'broken'}" for status, count in sorted(tries.items()))
    verdict.demand(sum(opened.values()) == keys, f"{sum(opened.values())} tickets for {keys} keys")
    verdict.demand(greeted == keys, f"{greeted} greetings for {keys} keys")
    verdict.demand(IdempotencyKey.objects.filter(key__startswith=run).count() == keys, "keys are missing")
    verdict.demand(verdict.acknowledged == verdict.attempted, "a client was never answered with 201")
    verdict.demand(verdict.unexpected == 0, "answers to the same key differ")
    verdict.demand(set(tries) <= {0, 201, 409}, "an answer was none of 201, 409")
    verdict.demand(kills > 0, "nothing was killed: the scenario proves nothing")
    return verdict


def _ask_all(
    stage: Stage, token: str, customer: str, answers: dict[str, list[Said]], clients: int, tries: Counter[int],
    done: threading.Event,
) -> None:  # fmt: skip
    keys = list(answers)
    for first in range(0, len(keys), KEYS_AT_ONCE):
        together = keys[first : first + KEYS_AT_ONCE]
        gate = threading.Barrier(len(together) * clients)

        def ask(key: str, gate: threading.Barrier = gate) -> None:
            client = Client(stage, token)
            gate.wait()
            answers[key].append(_ask_until_answered(client, key, customer, tries))
            client.close()

        threads = [threading.Thread(target=ask, args=(key,)) for key in together for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    done.set()


def _ask_until_answered(client: Client, key: str, customer: str, tries: Counter[int]) -> Said:
    """As a careful client does: again on 409 and on a broken connection, with the same key and the same words."""
    said = Said(0, b"")
    until = time.monotonic() + 120
    while time.monotonic() < until:
        said = client.open_ticket(key=key, customer=customer, subject=key)
        tries[said.status] += 1
        if said.status not in (0, 409):
            break
        time.sleep(said.retry_after or 0.1)
    return said


def _kill_web_workers(stage: Stage, done: threading.Event, pause: float, dice: random.Random) -> int:
    """kill -9 one of the web server's workers now and then; it forks another."""
    kills = 0
    while not done.wait(pause * dice.uniform(0.5, 1.5)):
        forked = stage.forks("web")
        if len(forked) > 1:
            os.kill(dice.choice(forked), signal.SIGKILL)
            kills += 1
    return kills
