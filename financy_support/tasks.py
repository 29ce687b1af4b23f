"""The two engines as Celery tasks: they carry no payload, so a lost or doubled wake-up costs nothing."""

from celery import shared_task

from financy_support.engines import run_deliver, run_sweep


@shared_task(name="financy_support.tasks.sweep")
def sweep() -> None:
    run_sweep()


@shared_task(name="financy_support.tasks.deliver")
def deliver() -> None:
    run_deliver()
