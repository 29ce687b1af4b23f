"""The back office of knowledge: articles, the review queue, the train, and what administrators keep."""

from knowledge.admin import (  # noqa: F401  importing registers
    article,
    assignments,
    feedback,
    guide,
    revision,
    runbook,
    searches,
    train,
)
