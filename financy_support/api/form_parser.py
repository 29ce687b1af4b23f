"""Forms with files: refused before they are read when they are larger than any that would be taken."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from rest_framework.parsers import MultiPartParser


class FormParser(MultiPartParser):
    """``largest`` is in bytes, of the whole form."""

    largest: ClassVar[int]

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > self.largest:
            raise RequestDataTooBig
        return super().parse(stream, media_type, parser_context)
