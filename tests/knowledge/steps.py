"""The steps from a draft to the readers, each in the name of who takes it."""

from __future__ import annotations

from financy_support.desk.audit.acting import acting
from knowledge.models import Train
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.depart_train import depart_train
from knowledge.workflow.record_check import record_check
from knowledge.workflow.review_revision import GUIDELINES, review_revision
from knowledge.workflow.submit_revision import submit_revision
from tests.conftest import NOON

SENTENCES = "Open the app. Go to your card. Press the red button. The card is safe now. You see a green mark. " * 5
BODY = f"""## Problem
You lost your card and want to lock it.

## Cause
A card can be lost. Then nobody else may use it.

## Solution
1. Open the app.
2. Press **Lock**.

{SENTENCES}

## Verification
The card shows a lock. A payment with it fails.
"""
WORDS = {
    "title": "Lock a lost card", "summary": "Lock your card when you lost it.", "keywords": "lost card, lock",
    "body": BODY,
}  # fmt: skip
LINKING = BODY + "\nSee [lock](article:lock-a-lost-card)."
HARD = BODY.replace(SENTENCES, "Notwithstanding considerations regarding authentication, " * 30)
ADDRESS = "/help/en/lock-a-lost-card/"


def act(verb, *args, by, at=NOON, **more):
    with acting(by=by, channel="test"):
        return verb(*args, by=by, at=at, **more)


def tried(revision, team):
    act(record_check, revision, kind="technical_review", passed=True, notes="I did each step on a phone.", by=team.tom)
    act(record_check, revision, kind="customer_test", passed=True, notes="Five customers locked a card.", by=team.eve)
    return revision


def in_approval(revision, team):
    act(submit_revision, revision, by=revision.author)
    act(review_revision, revision, guidelines=GUIDELINES, by=team.tom)
    return tried(revision, team)


def approved(revision, team, at=NOON):
    return act(approve_revision, in_approval(revision, team), by=team.tina, at=at)


def leave(team, at=NOON):
    return act(depart_train, Train.objects.get(departed_at=None), by=team.ada, at=at)
