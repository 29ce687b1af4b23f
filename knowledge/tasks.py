"""What knowledge asks of the workers."""

from celery import shared_task

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.questions import forget_questions


@shared_task(name="knowledge.tasks.forget_searches")
def forget_searches() -> None:
    with acting(
        by=system_actor(SystemActor.SWEEPER), channel="engine", reason="nobody knows for long who asked"
    ) as act:
        forget_questions(act.at)
