"""Served as `tests.benchmarks.naive.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.naive.settings"
application = get_wsgi_application()
