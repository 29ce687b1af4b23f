"""The Celery app. The broker only wakes workers: what is owed stands in the database."""

import os

from celery import Celery

from financy_support.schedule import BEAT_SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")
app = Celery("financy_support")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT_SCHEDULE
app.conf.timezone = "UTC"
# A worker whose child was killed waits so long (seconds) for its last words before it forks another and works on.
app.conf.worker_lost_wait = 0.5
# However long the broker is away, workers and beat look for it again; no call to it hangs for ever.
app.conf.broker_connection_max_retries = None
app.conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": 10, "socket_keepalive": True}
app.autodiscover_tasks()
