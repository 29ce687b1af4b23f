"""By API customers say what they think of articles and see their own words; staff settle them."""

from __future__ import annotations

import pytest

from knowledge.models import Translation, Vote


@pytest.fixture
def article(cast):
    return Translation.objects.public().filter(language="en").earliest("id")


def test_by_api_a_customer_says_and_sees_their_own_and_staff_settle_it(article, cast, api):
    ben, ana, tom = api(cast.ben.user), api(cast.ana.user), api(cast.tom)
    made = ben.post(
        "/api/v1/articles/feedback/", {"article": article.pk, "kind": "unclear", "words": "Which button?"},
        headers={"Idempotency-Key": "a"},
    )  # fmt: skip
    assert made.status_code == 201, made.content
    where = made["Location"]
    assert ben.get(where).json()["words"] == "Which button?" and ana.get(where).status_code == 404
    assert ana.get("/api/v1/articles/feedback/").json()["results"] == []
    assert len(tom.get("/api/v1/articles/feedback/", {"state": "waiting"}).json()["results"]) == 1
    said_to_ben = {"outcome": "planned", "answer": "The red one. We will say so."}
    assert ben.post(f"{where}answer/", said_to_ben, headers={"Idempotency-Key": "b"}).status_code == 403
    answered = tom.post(f"{where}answer/", said_to_ben, headers={"Idempotency-Key": "c"}).json()
    assert answered["state"] == "planned" and answered["answered_at"]
    linked = tom.post(f"{where}link/", {"revision": article.current_id}, headers={"Idempotency-Key": "d"}).json()
    assert (linked["state"], linked["caused"]) == ("landed", article.current_id)


def test_by_api_one_vote_a_person(article, cast, api):
    where = f"/api/v1/articles/{article.pk}/vote/"
    for number, said in enumerate(({"is_helpful": False}, {"stars": 5}, {"is_helpful": True})):
        answer = api(cast.ben.user).post(where, said, headers={"Idempotency-Key": str(number)})
        assert answer.status_code == 200, answer.content
    assert answer.json() == {"revision": article.current_id, "is_helpful": True, "stars": 5}
    refused = api(cast.ben.user).post(where, {}, headers={"Idempotency-Key": "x"})
    assert refused.status_code == 400 and Vote.objects.count() == 1
