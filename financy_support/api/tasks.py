"""What the API asks of the workers."""

from celery import shared_task
from django.utils import timezone

from financy_support.api.forget import forget_answers


@shared_task(name="financy_support.api.tasks.forget")
def forget() -> None:
    forget_answers(timezone.now())
