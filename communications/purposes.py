"""Registry: what each purpose of a message is about, which facts it brings, and examples of them in three languages.

The app that speaks registers its purposes in ``ready()``; templates are linted and previewed by what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The facts that every message has, with examples.
ALWAYS = {"customer_name": "Ana Souza", "customer_email": "ana@example.com", "support_address": "support@example.com"}
ALWAYS_TO_STAFF = {"person_name": "Tom", "support_address": "support@example.com"}


@dataclass(frozen=True)
class Purpose:
    """``facts`` are brought by the verb: name → example, plain or one a language; a template must use ``required``."""

    code: str
    name: Any
    facts: Mapping[str, str | Mapping[str, str]]
    required: frozenset[str] = field(default_factory=frozenset)
    is_to_staff: bool = False

    @property
    def known(self) -> list[str]:
        """Every placeholder that a template of this purpose may use."""
        return [*self._always, *self.facts]

    def example(self, language: str) -> dict[str, str]:
        """Facts to look at a template with."""
        return {
            **self._always,
            **{name: one if isinstance(one, str) else one[language] for name, one in self.facts.items()},
        }

    @property
    def _always(self) -> Mapping[str, str]:
        return ALWAYS_TO_STAFF if self.is_to_staff else ALWAYS


PURPOSES: dict[str, Purpose] = {}


def register_purposes(*purposes: Purpose) -> None:
    """Called in ``ready()`` by the app whose verbs send these messages."""
    PURPOSES.update({one.code: one for one in purposes})
