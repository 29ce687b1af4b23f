"""The ceiling: DRF with a serializer and one raw statement a view, under the desk's own web server and no log-in.

Served as `tests.benchmarks.bare:application`; settings and views in one file, since nothing else uses them.
"""

from __future__ import annotations

import os
from typing import Any

import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="for-benchmarks-only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            **environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"]),
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 5}},
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)

import django  # noqa: E402  after the settings

django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

CREATE = """
    WITH made AS (
        INSERT INTO limits.ticket (public_id, queue, customer, subject, body, severity, next_due_at)
        VALUES (gen_random_uuid()::text, %s, %s, %s, %s, %s, now() + interval '15 minutes') RETURNING *),
    kept AS (
        INSERT INTO limits.ticket_history (ticket, at, kind, actor, row)
        SELECT id, created_at, '+', 'api', to_jsonb(made) FROM made)
    SELECT id, public_id, created_at FROM made
"""
PAGE = """
    SELECT id, public_id, queue, customer, subject, status, severity, tier, assignee, created_at, updated_at,
        next_due_at
    FROM limits.ticket WHERE queue = %s AND status < 3 ORDER BY created_at DESC, id DESC LIMIT 25
"""


class NewTicket(serializers.Serializer[Any]):
    queue = serializers.IntegerField(min_value=1, max_value=8)
    customer = serializers.IntegerField()
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000)
    severity = serializers.ChoiceField([1, 2, 3, 4])


class Create(APIView):
    def post(self, request: Any) -> Response:
        ticket = NewTicket(data=request.data)
        ticket.is_valid(raise_exception=True)
        said = ticket.validated_data
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CREATE, [said[name] for name in ("queue", "customer", "subject", "body", "severity")])
            number, public_id, created_at = cursor.fetchone()
        return Response({"id": number, "public_id": public_id, "created_at": created_at, **said}, status=201)


class Page(APIView):
    def get(self, request: Any) -> Response:
        with connection.cursor() as cursor:
            cursor.execute(PAGE, [int(request.GET["queue"])])
            names = [column.name for column in cursor.description or ()]
            return Response([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])


class Nothing(APIView):
    def get(self, request: Any) -> Response:
        return Response({})


urlpatterns = [
    path("bare/", Nothing.as_view()),
    path("bare/create/", Create.as_view()),
    path("bare/page/", Page.as_view()),
]
application = WSGIHandler()
