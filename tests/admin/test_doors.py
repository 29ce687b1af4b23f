"""Health, start address, and how unknown addresses answer."""

from django.test import Client


def test_the_desk_says_that_it_is_alive_and_ready(db: None, client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_the_root_leads_to_the_desk(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"


def test_an_unknown_api_address_answers_with_a_problem_document(db: None, client: Client) -> None:
    answer = client.get("/api/v1/nothing/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_an_unknown_page_answers_with_a_page(db: None, client: Client) -> None:
    answer = client.get("/nothing/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
