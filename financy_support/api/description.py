"""The API's description of itself, in YAML or JSON; written once a process for each, since that takes a second."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class DescriptionView(APIView):
    """Open to all: it names no customer, and tools read it before they have a token. ``?format=json`` for JSON."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes = []
    renderer_classes = [OpenApiYamlRenderer, OpenApiJsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        return HttpResponse(_written(isinstance(renderer, OpenApiJsonRenderer)), content_type=renderer.media_type)


@cache
def _written(is_json: bool) -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    written: bytes = (OpenApiJsonRenderer if is_json else OpenApiYamlRenderer)().render(schema, renderer_context={})
    return written
