"""Search meets people where they are: accents, plurals, typos, their own words; and never fails or tells too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.models import Article, Translation
from knowledge.search.complete import complete
from knowledge.search.find import find
from knowledge.search.related import related
from tests.conftest import NOON
from tests.knowledge.library import publish

CANARY = "quokkaform"
LANGUAGES = ("en", "pt", "es")


def codes(words: str, language: str, reader=None, **more) -> list[str]:
    hits = find(words, language, reader=reader, at=NOON, **more).hits
    names = dict(Translation.objects.values_list("pk", "article__code"))
    return [names[hit.translation_id] for hit in hits]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("pt", "transação", "transações"),
        ("pt", "transação", "transacao"),
        ("pt", "transação", "transacoes"),
        ("pt", "cartão", "cartões"),
        ("pt", "conexão", "conexoes"),
        ("pt", "configuração", "configuracoes"),
        ("pt", "usuário", "usuario"),
        ("pt", "real", "reais"),
        ("pt", "papel", "papéis"),
        ("es", "contraseña", "contrasena"),
        ("es", "categoría", "categorias"),
        ("es", "sesión", "sesiones"),
        ("es", "transacción", "transacciones"),
        ("en", "category", "categories"),
        ("en", "receipt", "receipts"),
    ],
)
def test_accents_and_plurals_make_no_difference(cast, language, one, other):
    """What was written in one form is found by the other, either way round."""
    for number, (written, asked) in enumerate(((one, other), (other, one))):
        code = f"word-{number}"
        publish(code, language=language, title=f"Zzyzx {written}")
        assert code in codes(f"zzyzx {asked}", language, limit=50)


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("en", "pasword", "password"),
        ("en", "trasaction", "transaction"),
        ("en", "recipt", "receipt"),
        ("en", "passwrod", "password"),
        ("pt", "recbio", "recibo"),
        ("es", "contrasenna", "contraseña"),
        ("es", "transacion", "transacción"),
    ],
)
def test_mistyped_words_find_what_was_meant_and_say_so(db, language, typed, meant):
    found = find(typed, language, reader=None, at=NOON)
    assert found.did_you_mean == meant
    assert [hit.slug for hit in found.hits] == [hit.slug for hit in find(meant, language, reader=None, at=NOON).hits]


def test_a_word_that_search_leaves_out_is_not_mended(cast):
    """Nor is its like looked for in every article."""
    publish("odd", title="Whet the appetite", plain="Therf it is.")
    for words in ("what", "there", "what there"):
        assert find(words, "en", reader=None, at=NOON).did_you_mean == ""


def test_what_is_written_somewhere_is_not_mended(cast):
    publish("odd", title="The pasword of old")
    assert find("pasword", "en", reader=None, at=NOON).did_you_mean == ""


@pytest.mark.parametrize(
    "words", ["", "   ", "\x00", "how do i", "((( : & | !", "'", '"', "a" * 10_000, "の", "🙂", "% _ \\"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_ask_nothing_are_answered_with_nothing_or_guesses(db, words, language):
    found = find(words, language, reader=None, at=NOON)
    assert found.is_guess or not found.hits
    assert len(complete(words, language, reader=None, at=NOON)) <= 10


class AnyWords(TestCase):
    @settings(max_examples=150, deadline=None)
    @given(st.text(max_size=300), st.sampled_from(LANGUAGES))
    def test_whatever_is_typed_nothing_breaks(self, words: str, language: str) -> None:
        found = find(words, language, reader=None, at=NOON)
        scores = [hit.score for hit in found.hits]
        assert scores == sorted(scores, reverse=True) and len(scores) <= min(found.total, 10)
        assert not any("<" in hit.snippet.replace("<mark>", "").replace("</mark>", "") for hit in found.hits)
        complete(words, language, reader=None, at=NOON)


def test_a_phrase_of_one_language_does_not_bring_up_another(db):
    languages = {hit.translation_id for hit in find("transações não aparecem", "pt", reader=None, at=NOON).hits}
    assert set(Translation.objects.filter(pk__in=languages).values_list("language", flat=True)) == {"pt"}


def test_tags_and_categories_narrow(db):
    assert set(codes("account", "en", tag="verification")) <= set(
        Article.objects.filter(tagged__tag__slug="verification").values_list("code", flat=True)
    )
    assert set(codes("account", "en", category="technical")) <= set(
        Article.objects.filter(category__slug="technical").values_list("code", flat=True)
    )


def test_an_overdue_article_sinks_and_is_still_found(db):
    def scores():
        return {hit.slug: hit.score for hit in find("transactions missing", "en", reader=None, at=NOON, limit=20).hits}

    before = scores()
    best = next(iter(before))
    with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
        Article.objects.filter(translations__slug=best).update(review_due_at=NOON - timedelta(days=1))
    after = scores()
    assert after[best] < 0.8 * before[best]
    assert list(after.values()) == sorted(after.values(), reverse=True)
    assert {slug: score for slug, score in after.items() if slug != best}.items() <= before.items()


def test_pages_of_hits_neither_repeat_nor_skip(db):
    whole = codes("account", "en", limit=20)
    assert [*codes("account", "en", limit=5), *codes("account", "en", limit=5, offset=5)] == whole[:10]


def test_the_box_offers_what_begins_as_the_last_word_does(db):
    offered = [one.title for one in complete("recei", "en", reader=None, at=NOON)]
    assert offered[0] == "Receipt OCR and Scanning"
    assert complete("transaçõ", "pt", reader=None, at=NOON)
    assert complete("transaco", "pt", reader=None, at=NOON)
    assert complete("r", "en", reader=None, at=NOON) == []


HIDING = {
    "staff only": {"audience": "support_team"},
    "retired": {"retired_at": NOON},
    "withdrawn": {"withdrawn_at": NOON},
}


@pytest.mark.parametrize("why", [*HIDING, "unpublished"])
def test_nothing_of_what_is_hidden_gets_out(cast, why):
    """Neither in hits, counts, snippets, mended words, completion nor among the related."""
    words = f"{CANARY} transactions"
    before = find("transactions", "en", reader=None, at=NOON).total
    hidden = publish(
        "hidden", title=f"{CANARY} Transactions", keywords=words, plain=f"{CANARY} secret", **HIDING.get(why, {})
    )
    if why == "unpublished":
        with acting(by=system_actor(SystemActor.GUIDE), channel="test"):
            Translation.objects.filter(pk=hidden.pk).update(current=None)
    found = find(words, "en", reader=None, at=NOON, limit=50)
    assert hidden.pk not in [hit.translation_id for hit in found.hits]
    assert find("transactions", "en", reader=None, at=NOON).total == before
    assert CANARY not in str(found)
    assert find("quokkafrom", "en", reader=None, at=NOON).did_you_mean == ""
    assert complete(CANARY[:6], "en", reader=None, at=NOON) == []
    for one in Translation.objects.public().filter(language="en"):
        assert hidden.pk not in [other.pk for other in related(one, at=NOON)]


def test_staff_find_what_is_for_staff(cast):
    publish("hidden", title=f"{CANARY} for us", audience="support_team")
    for person in (cast.tom, cast.eve, cast.ada):
        assert codes(CANARY, "en", reader=person) == ["hidden"]
    for person in (None, cast.ana.user, cast.monitor):
        assert codes(CANARY, "en", reader=person) == []
