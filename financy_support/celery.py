"""The Celery app. The broker only wakes workers: what is owed stands in the database."""

import os

from celery import Celery

from financy_support.schedule import BEAT_SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")
app = Celery("financy_support")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT_SCHEDULE
app.conf.timezone = "UTC"
app.autodiscover_tasks()
