"""What tickets ask of the workers."""

from celery import shared_task

from financy_support.engines import database_now
from tickets.files import remove_unnamed


@shared_task(name="tickets.tasks.tidy_files")
def tidy_files() -> None:
    remove_unnamed(database_now())
