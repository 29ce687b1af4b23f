"""The three engines as Celery tasks: they carry no payload, so a lost or doubled wake-up costs nothing."""

from datetime import timedelta

from celery import shared_task

from financy_support.engines import run_deliver, run_sweep, run_take_in

# A worker that has more to send comes back to it after looking at its other work; the next wake-up is near.
ONE_RUN = timedelta(seconds=1)


@shared_task(name="financy_support.tasks.sweep")
def sweep() -> None:
    run_sweep()


@shared_task(name="financy_support.tasks.deliver")
def deliver() -> None:
    run_deliver(within=ONE_RUN)


@shared_task(name="financy_support.tasks.take_in")
def take_in() -> None:
    run_take_in(within=ONE_RUN)
