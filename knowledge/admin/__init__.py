"""The back office of knowledge: articles, the review queue, the train, and what administrators keep."""

from knowledge.admin import article, assignments, feedback, guide, revision, searches, train  # noqa: F401  importing registers
