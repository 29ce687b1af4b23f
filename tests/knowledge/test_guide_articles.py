"""The articles that ship: 23 in three languages, complete, readable, no copies of each other, loaded as they stand."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from financy_support.desk.people.language import Language
from knowledge.guide import CATEGORIES, TEXTS, read_text
from knowledge.markdown import articles_linked
from knowledge.models import Article, Revision, SeoKeyword, Translation
from knowledge.readability.score import score_text

CODES = [code for *_, articles in CATEGORIES for code in articles]
HEADINGS = {
    "en": ["Problem", "Cause", "Solution", "Verification"],
    "pt": ["Problema", "Causa", "Solução", "Verificação"],
    "es": ["Problema", "Causa", "Solución", "Verificación"],
}
FEWEST_WORDS, MOST_SHARED = 250, 0.2
each_text = pytest.mark.parametrize(("code", "language"), [(code, one) for code in CODES for one in Language.values])


def text_of(code: str, language: str) -> dict[str, str]:
    return read_text(TEXTS / "articles" / code / f"{language}.md")


def prose(body: str) -> list[str]:
    """The words, code blocks left out."""
    return re.findall(r"\w+", re.sub(r"```.*?```", " ", body, flags=re.DOTALL).lower())


def test_there_are_23_articles_and_no_stray_folder():
    assert len(CODES) == 23
    assert sorted(path.name for path in (TEXTS / "articles").iterdir()) == sorted(CODES)


@each_text
def test_a_text_has_its_four_parts_enough_words_and_leads_to_articles_that_exist(code, language):
    text = text_of(code, language)
    assert [
        one for one in re.findall(r"^## (.+)$", text["body"], re.MULTILINE) if one in HEADINGS[language]
    ] == HEADINGS[language]
    assert len(prose(text["body"])) >= FEWEST_WORDS
    assert 20 < len(text["summary"]) <= 160 and text["title"] and len(text["keywords"].split(",")) >= 5
    assert set(articles_linked(text["body"])) <= set(CODES) - {code}


@each_text
def test_a_text_can_be_read_in_the_eighth_grade(code, language):
    score = score_text(text_of(code, language)["body"], language)
    assert score.passes, score


@pytest.mark.parametrize("language", Language.values)
def test_no_two_texts_share_a_fifth_of_their_five_word_runs(language):
    runs = {}
    for code in CODES:
        words = prose(text_of(code, language)["body"])
        runs[code] = {tuple(words[start : start + 5]) for start in range(len(words) - 4)}
    shared = {
        (one, other): len(runs[one] & runs[other]) / min(len(runs[one]), len(runs[other]))
        for one, other in combinations(CODES, 2)
    }
    assert max(shared.values()) < MOST_SHARED, max(shared, key=shared.__getitem__)


def test_all_are_loaded_as_published_by_the_house(db):
    assert Article.objects.count() == 23
    assert Translation.objects.exclude(current=None).count() == Revision.objects.filter(state="published").count() == 69
    assert {one.author_id for one in Revision.objects.all()} == {2}
    for revision in Revision.objects.select_related("based_on"):
        assert revision.approved_digest == revision.reviewed_digest == revision.digest
        assert (revision.based_on is None) == (revision.translation.language == "en")
    assert SeoKeyword.objects.count() == 9


def test_the_addresses_of_a_language_are_its_own_words(db):
    slugs = Translation.objects.filter(article__code="data-sync-problems").values_list("language", "slug")
    assert dict(slugs)["pt"] == "problemas-de-sincronizacao-de-dados"
