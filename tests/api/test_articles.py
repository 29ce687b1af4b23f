"""Programs read articles and search them as the help centre does, and say when the product changed."""

from __future__ import annotations

import pytest

from knowledge.models import Release, Translation
from tests.knowledge.library import publish

LIST = "/api/v1/articles/"


@pytest.mark.parametrize("who", ["ana", "tom", "eve", "monitor"])
def test_articles_are_listed_read_and_found(cast, api, who):
    client = api(getattr(cast, who), *(["knowledge:read"] if who == "monitor" else []))
    shown = client.get(LIST, {"language": "pt", "category": "troubleshooting"}).json()["results"]
    assert len(shown) == 6 and {one["language"] for one in shown} == {"pt"}
    found = client.get(f"{LIST}search/", {"q": "transacoes nao aparecem", "language": "pt"}).json()
    first = found["results"][0]
    assert first["slug"] == "problemas-de-sincronizacao-de-dados" and not found["is_guess"]
    assert first["url"].endswith(f"/help/pt/{first['slug']}/") and "<mark>" in first["snippet"]
    whole = client.get(f"{LIST}{first['id']}/").json()
    assert whole["article"] == "data-sync-problems" and "## Problema" in whole["body"]


def test_a_tool_without_the_scope_reads_nothing(cast, api):
    for path in (LIST, f"{LIST}search/?q=card", f"{LIST}1/"):
        assert api(cast.monitor, "tickets:read").get(path).status_code == 403


@pytest.mark.parametrize(("who", "sees"), [("ana", False), ("monitor", False), ("tom", True), ("eve", True)])
def test_what_is_for_staff_is_for_staff_by_list_page_and_search(cast, api, who, sees):
    hidden = publish("quokka", title="Quokka rules", audience="support_team")
    client = api(getattr(cast, who), *(["knowledge:read"] if who == "monitor" else []))
    assert any(one["id"] == hidden.pk for one in client.get(f"{LIST}?category=features").json()["results"]) == sees
    assert bool(client.get(f"{LIST}search/", {"q": "quokka"}).json()["results"]) == sees
    assert bool(client.get(f"{LIST}suggest/", {"q": "quok"}).json()["results"]) == sees
    assert client.get(f"{LIST}{hidden.pk}/").status_code == (200 if sees else 404)


@pytest.mark.parametrize("door", ["search", "suggest"])
def test_a_language_that_does_not_exist_is_named(cast, api, door):
    answer = api(cast.ana).get(f"{LIST}{door}/", {"q": "card", "language": "de"})
    assert answer.status_code == 400 and "en, pt, es" in answer.content.decode()


def test_a_search_is_narrowed_by_tag_and_by_shelf(cast, api):
    def found(**more):
        answer = api(cast.ana).get(f"{LIST}search/", {"q": "transactions", **more}).json()
        return {one["slug"] for one in answer["results"]}

    tagged = set(Translation.objects.filter(article__tagged__tag__slug="sync").values_list("slug", flat=True))
    shelved = set(Translation.objects.filter(article__category__slug="features").values_list("slug", flat=True))
    assert found(tag="sync") and found(tag="sync") <= tagged
    assert found(category="features") and found(category="features") <= shelved
    assert not found() <= shelved
    assert found(tag="\x00", category="none") == set()


@pytest.mark.parametrize(("asked", "field"), [({}, "q"), ({"q": "card", "colour": "red"}, "colour")])
@pytest.mark.parametrize("door", ["search", "suggest"])
def test_what_is_missing_or_unknown_in_a_search_is_named(cast, api, door, asked, field):
    answer = api(cast.ana).get(f"{LIST}{door}/", asked)
    assert answer.status_code == 400 and [one["field"] for one in answer.json()["errors"]] == [field]


def test_half_a_word_is_offered_what_it_may_become(cast, api):
    offered = api(cast.ana).get(f"{LIST}suggest/", {"q": "sincroniz", "language": "pt"}).json()["results"]
    assert offered[0]["slug"] == "problemas-de-sincronizacao-de-dados"
    assert set(offered[0]) == {"id", "title", "slug", "url"}


def test_a_release_is_recorded_once_and_by_no_customer(cast, api):
    tool = api(cast.monitor, "knowledge:write", "knowledge:read")
    for key in ("a", "a", "b"):
        answer = tool.post("/api/v1/releases/", {"name": "2026.12.1"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 201
    assert Release.objects.count() == 1
    assert [one["name"] for one in tool.get("/api/v1/releases/").json()["results"]] == ["2026.12.1"]
    assert api(cast.ana).post("/api/v1/releases/", {"name": "x"}, headers={"Idempotency-Key": "c"}).status_code == 403
    refused = tool.post("/api/v1/releases/", {"name": " "}, headers={"Idempotency-Key": "d"})
    assert refused.status_code == 400 and "name" in refused.content.decode()


def test_lists_of_articles_cost_the_same_however_many(cast, api, statements):
    client, costs = api(cast.tina), set()
    for rows in (0, 40):
        for number in range(rows):
            publish(f"more-{number}", title=f"More {number}")
        with statements() as taken:
            assert client.get(LIST).status_code == 200
        costs.add(len(taken.sent))
    assert len(costs) == 1 and Translation.objects.count() > 100
