"""What knowledge asks of the workers."""

from celery import shared_task

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.questions import forget_questions
from knowledge.tallies import add_up
from knowledge.workflow.assignments import close_answered_gaps


@shared_task(name="knowledge.tasks.add_up")
def add_up_readers() -> None:
    """What readers did since the last hour; gaps that it has answered close."""
    sweeper = system_actor(SystemActor.SWEEPER)
    with acting(by=sweeper, channel="beat", reason="what readers did was added up") as act:
        add_up(act.at)
        close_answered_gaps(by=sweeper, at=act.at)


@shared_task(name="knowledge.tasks.forget_searches")
def forget_searches() -> None:
    with acting(
        by=system_actor(SystemActor.SWEEPER), channel="engine", reason="nobody knows for long who asked"
    ) as act:
        forget_questions(act.at)
