"""The web door: a WSGI application for granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "financy_support.settings")
application = get_wsgi_application()

from knowledge.help_centre.unchanged import memory  # noqa: E402  once the apps are there

memory.listen()
