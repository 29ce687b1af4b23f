"""R2: the broker freezes, then is gone, while tickets are opened over HTTP."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter

from financy_support.desk.time.heartbeat import Heartbeat
from tests.cast import Cast
from tests.nemesis.client import Client, Said
from tests.nemesis.listeners import Listeners
from tests.nemesis.stage import Stage
from tests.nemesis.verdict import Mails, Verdict, percentile

THREADS = 6
LATE_LIMIT = 10.0


def play(stage: Stage, cast: Cast, token: str, *, creates: int, seconds: float) -> Verdict:
    """Open ``creates`` tickets spread over ``seconds`` without a broker: half the time it hangs, then it is killed."""
    stage.start("sink", "broker", "worker-1", "worker-2", "beat", "engine", "web")
    Stage.until(_workers_are_at_it, "a worker delivers")
    mails = Mails(stage.record)
    verdict = Verdict("R2 broker away", attempted=creates)
    with Listeners(cast) as listeners:
        stage.signal("broker", signal.SIGSTOP)
        killer = threading.Timer(seconds / 2, lambda: stage.signal("broker", signal.SIGKILL))
        killer.start()
        answers, took = _ask(stage, token, cast.ben.email, creates, seconds)
        killer.join()
        listeners.fall_silent()
        Stage.until(lambda: mails.open_deliveries() == 0, "the outbox is empty without a broker")
        stage.kill("broker")
        stage.restart("broker")
        back = Stage.until(_workers_are_at_it, "a worker delivers again")
        opened = [said.data["reference"] for said in answers if said.status == 201]
        mails.judge(verdict, opened)
        listeners.judge(verdict, opened)
    verdict.recovered = verdict.acknowledged - verdict.lost
    statuses = Counter(said.status for said in answers)
    verdict.others["answers"] = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    verdict.others["time to answer"] = (
        f"p50 {percentile(took, 50) * 1000:.0f} ms, p95 {percentile(took, 95) * 1000:.0f} ms"
    )
    verdict.others["workers back at work after the broker is"] = f"{back:.1f} s"
    latest = float(verdict.others["latest"].split()[0])
    verdict.demand(statuses == {201: creates}, "a request was not answered with 201")
    verdict.demand(verdict.lost == 0, "words were lost")
    verdict.demand(verdict.unexpected == 0, "words left that nobody owed")
    verdict.demand(verdict.duplicated == 0, "words were doubled, though nothing was killed")
    verdict.demand_time(latest <= LATE_LIMIT, f"a mail left more than {LATE_LIMIT} s after it was due")
    return verdict


def _ask(stage: Stage, token: str, customer: str, creates: int, seconds: float) -> tuple[list[Said], list[float]]:
    """The answers and how many seconds each took."""
    answers: list[Said] = []
    took: list[float] = []
    began = time.monotonic()

    def ask(mine: range) -> None:
        client = Client(stage, token)
        for number in mine:
            time.sleep(max(began + number * seconds / creates - time.monotonic(), 0))
            asked = time.monotonic()
            answers.append(
                client.open_ticket(key=f"outage-{began}-{number}", customer=customer, subject=f"Question {number}")
            )
            took.append(time.monotonic() - asked)
        client.close()

    threads = [threading.Thread(target=ask, args=(range(first, creates, THREADS),)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, took


def _workers_are_at_it() -> bool:
    """Beats half a second apart come from workers: the stand-by looks only once a second."""
    before = Heartbeat.objects.filter(engine="deliver").first()
    time.sleep(0.75)
    after = Heartbeat.objects.filter(engine="deliver").first()
    return bool(before and after and 0 < (after.beat_at - before.beat_at).total_seconds() < 0.9)
