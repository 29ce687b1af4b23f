"""What knowledge asks of the workers."""

from celery import shared_task
from django.utils import timezone

from knowledge.questions import forget_questions


@shared_task(name="knowledge.tasks.forget_searches")
def forget_searches() -> None:
    forget_questions(timezone.now())
