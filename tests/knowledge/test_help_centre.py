"""The help centre as readers meet it: three languages, safe text, addresses that hold, nothing hidden."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from playwright.sync_api import expect

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.help_centre.words import WORDS
from knowledge.models import Article, Revision, Translation
from tests.browser import needs_browser
from tests.conftest import NOON
from tests.knowledge.library import publish

PAGE = "/help/pt/problemas-de-sincronizacao-de-dados/"


@pytest.fixture
def reader(db):
    return Client()


def test_every_language_says_the_same_things():
    assert set(WORDS["en"]) == set(WORDS["pt"]) == set(WORDS["es"])


@pytest.mark.parametrize(("asks", "leads"), [("pt-BR,pt;q=0.9", "pt"), ("es-MX", "es"), ("de", "en"), ("", "en")])
def test_the_door_leads_to_the_reader_s_language(reader, asks, leads):
    assert reader.get("/help/", headers={"Accept-Language": asks})["Location"] == f"/help/{leads}/"


def test_the_first_page_has_every_article_of_its_language(reader):
    for language in ("en", "pt", "es"):
        shown = reader.get(f"/help/{language}/").content.decode()
        for one in Translation.objects.public().filter(language=language):
            assert f'href="/help/{language}/{one.slug}/"' in shown


def test_the_brazilian_finds_the_answer_first_and_reads_it_in_portuguese(reader):
    shown = reader.get("/help/pt/search/", {"q": "transacoes nao aparecem"}).content.decode()
    first = re.search(r'<ol class="hits">\s*<li><a href="([^"]+)"', shown)
    assert first and first[1].split("?")[0] == PAGE
    assert "<mark>" in shown
    page = reader.get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200 and '<html lang="pt-BR">' in text
    assert '<h2 id="solucao">Solução</h2>' in text and 'href="/help/pt/erros-ao-processar-transacoes/"' in text


def test_each_article_leads_to_its_other_languages(reader):
    shown = reader.get(PAGE).content.decode()
    assert '<a href="/help/en/data-sync-problems/" lang="en" hreflang="en">English</a>' in shown
    assert 'rel="canonical"' in shown and shown.count('rel="alternate" hreflang') == 2


def test_structured_data_tells_the_steps(reader):
    shown = reader.get(PAGE).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', shown, re.DOTALL)
    assert found
    told = json.loads(found[1])
    assert told["@type"] == "HowTo" and told["inLanguage"] == "pt-BR" and len(told["step"]) == 9


def test_no_title_ends_the_element_of_the_structured_data(cast):
    publish("odd", title="</script><script>alert(1)</script> & more", plain="1. One\n2. Two")
    shown = Client().get("/help/en/odd/").content.decode()
    assert "<script>alert" not in shown
    told = json.loads(re.search(r'ld\+json">(.*?)</script>', shown, re.DOTALL)[1])
    assert told["name"] == "</script><script>alert(1)</script> & more"


def test_words_of_a_search_are_shown_as_words(reader):
    evil = '"><script>alert(1)</script>'
    shown = reader.get("/help/en/search/", {"q": evil}).content.decode()
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown


@pytest.mark.parametrize("address", ["/help/en/nothing-here/", "/help/pt/data-sync-problems/"])
def test_a_missing_page_says_what_to_do(reader, address):
    answer = reader.get(address)
    assert answer.status_code == 404 and "/help/" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "language"),
    [("/help/pt/a/b/c/", "pt"), ("/help/de/", "es"), ("/help/x", "es"), ("/help/es/%00/", "es")],
)
def test_an_address_of_no_shape_at_all_is_answered_in_a_language_with_the_way_on(reader, address, language):
    answer = reader.get(address, headers={"Accept-Language": "es-MX"})
    shown = answer.content.decode()
    assert answer.status_code == 404 and WORDS[language]["not_found_next"] in shown
    assert f'href="/help/{language}/contact/"' in shown and "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("why", [{"audience": "support_team"}, {"retired_at": NOON}, {"withdrawn_at": NOON}])
def test_a_hidden_article_looks_like_a_missing_one_everywhere(cast, why):
    publish("quokkaform", title="Quokkaform", **why)
    for client in (Client(), _logged_in(cast.tom)):  # the help centre is the public's, whoever looks
        missing, hidden = client.get("/help/en/nothing-here/"), client.get("/help/en/quokkaform/")
        assert (missing.status_code, hidden.status_code) == (404, 404)
        assert missing.content == hidden.content
        for address in (
            "/help/en/",
            "/help/sitemap.xml",
            "/help/en/suggest/?q=quokka",
            "/help/en/search/?q=quokkafrom",
        ):
            assert b"uokkaform" not in client.get(address).content


def _logged_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_link_to_a_hidden_article_keeps_its_words_only(cast):
    publish("secret", audience="support_team")
    publish("open", plain="See [our inner notes](article:secret).")
    shown = Client().get("/help/en/open/").content.decode()
    assert "See our inner notes." in shown and "/secret/" not in shown


def test_unchanged_pages_are_not_sent_again(reader):
    first = reader.get(PAGE)
    again = reader.get(PAGE, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Article.objects.filter(code="data-sync-problems").update(checked_at=NOON)
    changed = reader.get(PAGE, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and "23 de Novembro de 2026" in changed.content.decode().replace(
        "novembro", "Novembro"
    )


def test_a_translation_older_than_a_major_change_of_its_source_says_so(cast, reader):
    assert WORDS["pt"]["stale"] not in reader.get(PAGE).content.decode()
    source = Translation.objects.get(article__code="data-sync-problems", language="en")
    for number, significance in ((2, 10), (3, 30)):
        with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
            Revision.objects.create(
                translation=source, number=number, state="superseded", author_id=SystemActor.GUIDE, created_at=NOON,
                published_at=NOON + timedelta(days=1), significance=significance, title="T", summary="S", body="B",
            )  # fmt: skip
        assert (WORDS["pt"]["stale"] in reader.get(PAGE).content.decode()) == (significance == 30)


def test_the_sitemap_names_all_69_pages_beside_their_translations(reader):
    root = ElementTree.fromstring(reader.get("/help/sitemap.xml").content)
    urls = list(root)
    assert len(urls) == 69
    assert all(len(url.findall("{http://www.w3.org/1999/xhtml}link")) == 3 for url in urls)


def test_no_page_of_the_help_centre_sets_a_cookie(reader):
    for address in ("/help/en/", PAGE, "/help/en/search/?q=card", "/help/en/suggest/?q=card"):
        assert reader.get(address).cookies == {}


@pytest.mark.parametrize("address", ["/help/pt/search/?q=x", "/help/pt/suggest/?q=xy"])
def test_who_searches_too_much_is_asked_to_wait(reader, monkeypatch, address):
    monkeypatch.setattr("knowledge.help_centre.pages.SEARCHES_A_MINUTE", 0)
    answer = reader.get(address)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0 and "Muitas buscas" in answer.content.decode()
    assert reader.get(PAGE).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 5000, ""])
def test_a_made_up_page_of_hits_breaks_nothing(reader, page):
    assert reader.get("/help/en/search/", {"q": "card", "page": page}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_reading_is_all_that_can_be_done_there(reader, method):
    assert getattr(reader, method)(PAGE).status_code == 405


@needs_browser
def test_by_keyboard_from_the_first_letters_to_the_article(desk):
    page = desk.stranger()
    page.goto("/help/pt/")
    page.get_by_role("combobox").fill("transacoes nao")
    expect(page.get_by_role("option").first).to_have_text("Problemas de sincronização de dados")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("problemas-de-sincronizacao-de-dados"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Problemas de sincronização de dados")
    assert desk.complaints == []


@needs_browser
@pytest.mark.parametrize(
    "address", ["/help/en/", "/help/es/search/?q=transacciones", "/help/en/api-reference-and-examples/"]
)
def test_nothing_is_wider_than_a_small_phone(desk, address):
    page = desk.stranger(width=390)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


ATOM = "{http://www.w3.org/2005/Atom}"


def entries(address):
    answer = Client().get(address)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/atom+xml")
    return [one.findtext(f"{ATOM}title") for one in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")]


def test_a_feed_has_what_was_published_last_first_in_its_language_and_on_its_shelf(cast):
    shelf = publish("newest", title="Quokka <rules> & ways", language="pt").article.category
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Revision.objects.filter(translation__slug="newest").update(published_at=NOON + timedelta(days=900))
    assert entries("/help/pt/feed.atom")[0] == "Quokka <rules> & ways"
    assert "Quokka <rules> & ways" not in entries("/help/en/feed.atom")
    on_shelf = Translation.objects.public().filter(language="pt", article__category=shelf)
    assert set(entries(f"/help/pt/feed.atom?category={shelf.slug}")) == set(on_shelf.values_list("title", flat=True))
    for odd in ("none", "\x00", "x" * 300):
        assert Client().get("/help/pt/feed.atom", {"category": odd}).status_code == 404


@pytest.mark.parametrize("hidden", [{"audience": "support_team"}, {"withdrawn_at": NOON}, {"retired_at": NOON}])
def test_a_feed_and_the_sitemap_say_nothing_of_what_is_hidden(cast, hidden):
    publish("quokka", title="Quokka rules", **hidden)
    for address in ("/help/en/feed.atom", "/help/en/feed.atom?category=features", "/help/sitemap.xml"):
        assert b"uokka" not in Client().get(address).content


def test_a_shelf_that_the_public_does_not_see_has_no_feed_and_odd_signs_break_none(cast):
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Article.objects.filter(category__slug="technical").update(audience="support_team")
    hidden, none = (Client().get("/help/en/feed.atom", {"category": one}) for one in ("technical", "never-was"))
    assert (hidden.status_code, hidden.content) == (none.status_code, none.content) == (404, none.content)
    publish("odd", title="Quokka\x0b rules")
    assert any(one.startswith("Quokka") for one in entries("/help/en/feed.atom?category=features"))
    assert Client().get("/help/en/", {"tag": "\x00"}).status_code == 200
