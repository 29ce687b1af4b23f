"""By API those who write see what no article answers, and give it to somebody."""

from __future__ import annotations

from django.utils import timezone

from knowledge.models import Assignment
from tests.knowledge.test_gaps import asked

GAPS, ASSIGNED = "/api/v1/articles/gaps/", "/api/v1/articles/assignments/"


def test_a_gap_is_seen_assigned_handed_over_and_ended(cast, api):
    asked("dividir a conta", at=timezone.now(), found=0, times=3)
    tom = api(cast.tom)
    (gap,) = tom.get(GAPS).json()["results"]
    assert (gap["question"], gap["asked"], gap["assignment"]) == ("dividir a conta", 3, None)
    said = {"words": gap["question"], "language": gap["language"], "to": cast.eve.email}
    made = tom.post(GAPS, said, headers={"Idempotency-Key": "a"})
    assert made.status_code == 201 and made.json()["owner"] == cast.eve.email and made.json()["due_at"]
    number = made.json()["id"]
    assert tom.get(GAPS).json()["results"][0]["assignment"] == number
    where = f"{ASSIGNED}{number}"
    handed = tom.post(f"{where}/hand-over/", {"to": cast.tina.email}, headers={"Idempotency-Key": "b"}).json()
    assert handed["owner"] == cast.tina.email
    ended = tom.post(f"{where}/end/", {"because": "Not ours."}, headers={"Idempotency-Key": "c"}).json()
    assert ended["closed_at"] and "Not ours." in ended["closed_because"]
    assert [one["id"] for one in tom.get(ASSIGNED).json()["results"]] == [number]


def test_nobody_of_that_address_and_customers_are_refused_by_name(cast, api):
    said = {"words": "dividir", "language": "pt", "to": "nobody@example.com"}
    for to in ("nobody@example.com", cast.ben.email):
        refused = api(cast.tom).post(GAPS, {**said, "to": to}, headers={"Idempotency-Key": to})
        assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "to"
    assert api(cast.ben).get(GAPS).status_code == 403 and not Assignment.objects.exists()
