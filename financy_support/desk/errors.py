"""Refusals with a reason: one family that API, admin and commands all render the same way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One refused field: which, which rule (a stable code), and what to do instead."""

    field: str
    code: str
    detail: str


class DeskError(Exception):
    """A refusal. Nothing was changed.

    Parameters: ``detail`` is a sentence with the way out; ``field`` names what was refused ("" for the whole
    request); ``code`` is stable and documented; ``problems`` holds several refusals at once.
    Source: design, 'How we build': each refusal names the field, the rule and the way out.
    """

    status = 400
    code = "refused"
    title = "Refused"

    def __init__(
        self, detail: str, *, field: str = "", code: str | None = None, problems: list[Problem] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.problems = problems or ([Problem(field, self.code, detail)] if field else [])


class Invalid(DeskError):
    """A value breaks a rule."""

    status, code, title = 400, "invalid", "Invalid value"


class NotAllowed(DeskError):
    """This person may see the thing but not do this with it."""

    status, code, title = 403, "not_allowed", "Not allowed"


class NotFound(DeskError):
    """Missing, or not visible to this person: the two answer alike."""

    status, code, title = 404, "not_found", "Not found"

    def __init__(self, detail: str = "Nothing with this address is visible to you.") -> None:
        super().__init__(detail)


class Conflict(DeskError):
    """The thing is in a state that does not allow this."""

    status, code, title = 409, "conflict", "Conflict"


class NoActor(DeskError):
    """A change was tried outside ``acting`` or in another person's name: a defect, never a user's fault."""

    status, code, title = 500, "no_actor", "No actor"
