"""Who writes, reviews and approves, and a draft of theirs."""

from __future__ import annotations

import pytest

from financy_support.desk.audit.acting import acting
from knowledge.models import Category, Expert
from knowledge.workflow.write_article import write_article
from tests.knowledge.steps import WORDS, act


@pytest.fixture
def team(cast):
    """Eve writes, Tom reviews, Tina is the expert who approves."""
    with acting(by=cast.ada, channel="test"):
        for category in Category.objects.all():
            Expert.objects.create(category=category, person=cast.tina)
    return cast


@pytest.fixture
def draft(team):
    return act(write_article, category=Category.objects.get(slug="features"), by=team.eve, **WORDS)
