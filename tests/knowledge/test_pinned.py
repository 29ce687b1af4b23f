"""What editors keep for searches: synonyms, pinned results, and a page that shows what they do before they are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from knowledge.models import Article, PinnedResult, SeoKeyword, Synonym, Tally
from knowledge.search.find import _liked, find
from knowledge.workflow.keep_for_search import keep_synonyms, pin_result
from tests.conftest import NOON
from tests.knowledge.library import publish

TRY = "/admin/knowledge/searchquery/try/"


def slugs(words, language="en", **more):
    return [hit.slug for hit in find(words, language, reader=None, at=NOON, **more).hits]


def pin(cast, words, code, language="en"):
    with acting(by=cast.eve, channel="test"):
        article = Article.objects.get(code=code)
        PinnedResult.objects.create(language=language, words=words, article=article, because="They mean this.")


def test_a_pinned_article_stands_first_for_just_its_words_with_or_without_accents(cast):
    publish("other", title="Quokka rules")
    publish("meant", title="Something else")
    pin(cast, "Quókka", "meant")
    assert slugs("quokka")[:2] == ["meant", "other"]
    assert slugs("quokka rules")[0] == "other"
    assert not find("quokka", "en", reader=None, at=NOON).is_guess
    assert "meant" not in slugs("quokka", "pt")


def test_signs_between_the_words_make_no_difference(cast):
    publish("meant", title="Something else")
    with acting(by=cast.eve, channel="test"):
        pin_result(Article.objects.get(code="meant"), language="en", words="Quokka, how?", because="b", by=cast.eve)
    assert slugs("quokka how")[0] == slugs("quokka: how??")[0] == "meant"


def test_it_stands_before_the_handbook_s_keyword(cast):
    keyword = SeoKeyword.objects.select_related("article").first()
    publish("meant", title="Something else")
    pin(cast, keyword.phrase, "meant")
    assert slugs(keyword.phrase)[:2] == ["meant", keyword.article.translations.get(language="en").slug]


@pytest.mark.parametrize("hidden", [{"audience": "support_team"}, {"withdrawn_at": NOON}, {"retired_at": NOON}])
def test_pinning_shows_nobody_what_they_may_not_read(cast, hidden):
    publish("secret", title="Quokka rules", **hidden)
    pin(cast, "quokka", "secret")
    found = find("quokka", "en", reader=None, at=NOON)
    assert "secret" not in [hit.slug for hit in found.hits] and "Quokka" not in found.did_you_mean


def test_what_many_read_and_found_helpful_stands_before_its_equal(cast):
    first, second = publish("first", title="Quokka rules"), publish("second", title="Quokka rules")
    assert slugs("quokka rules")[:2] == ["first", "second"]
    Tally.objects.create(translation=second, reads=50)
    assert slugs("quokka rules")[:2] == ["second", "first"]
    Tally.objects.create(translation=first, reads=50, helpful=30, votes=30)
    assert slugs("quokka rules")[:2] == ["first", "second"]


def test_being_read_a_lot_does_not_make_up_for_saying_something_else(cast):
    publish("fits", title="Quokka rules", keywords="quokka")
    loud = publish("loud", title="Something else", plain="quokka")
    Tally.objects.create(translation=loud, reads=10**6, helpful=10**6, votes=10**6)
    assert slugs("quokka") == ["fits", "loud"]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_readers_think_weighs_between_nine_tenths_and_twelve(reads, helpful, unhelpful):
    assert 0.9 <= _liked(reads, helpful, helpful + unhelpful) <= 1.2 + 1e-9
    assert _liked(None, None, None) == pytest.approx(1)


def test_editors_keep_synonyms_and_pins_and_customers_see_none_of_it(cast, client):
    client.force_login(cast.eve)
    publish("meant", title="Something else")
    said = {"q": "quokka", "language": "en", "same": "quokka|wallaby", "pin": "meant"}
    client.post(TRY, {**said, "do": "keep"})
    client.post(TRY, {**said, "do": "pin", "because": "They mean this."})
    kept, pinned = Synonym.objects.get(words="quokka|wallaby"), PinnedResult.objects.get()
    assert (pinned.article.code, pinned.words, pinned.because) == ("meant", "quokka", "They mean this.")
    client.post(TRY, {**said, "drop": kept.pk})
    client.post(TRY, {**said, "unpin": pinned.pk})
    assert not PinnedResult.objects.exists() and not Synonym.objects.filter(pk=kept.pk).exists()
    assert PinnedResult.history.filter(id=pinned.pk, history_type="-").exists()
    client.force_login(cast.ben.user)
    assert client.get(TRY).status_code in (302, 403)


@pytest.mark.parametrize(
    ("verb", "said", "field"),
    [
        (keep_synonyms, {"words": "alone"}, "words"),
        (keep_synonyms, {"words": "real|Réal"}, "words"),
        (keep_synonyms, {"words": "a|b", "language": "de"}, "language"),
        (keep_synonyms, {"words": "x" * 501}, "words"),
        (pin_result, {"words": " ", "because": "b"}, "words"),
        (pin_result, {"words": "w", "because": " "}, "because"),
        (pin_result, {"words": "?!", "because": "b"}, "words"),
        (pin_result, {"words": "각" * 50, "because": "b"}, "words"),
        (pin_result, {"words": "w", "because": "b", "language": "de"}, "language"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(cast, verb, said, field):
    about = [Article.objects.first()] if verb is pin_result else []
    with acting(by=cast.eve, channel="test"), pytest.raises(Invalid) as refusal:
        verb(*about, **{"language": "en", **said}, by=cast.eve)
    assert [one.field for one in refusal.value.problems] == [field]


def test_nothing_is_kept_twice_and_by_nobody_but_those_who_write(cast):
    for person, problem in ((cast.eve, Conflict), (cast.ben.user, NotAllowed)):
        with acting(by=person, channel="test"), pytest.raises(problem):
            for _ in range(2):
                keep_synonyms(language="en", words="quokka|wallaby", by=person)
        with acting(by=person, channel="test"), pytest.raises(problem):
            for _ in range(2):
                pin_result(Article.objects.first(), language="en", words="quokka", because="b", by=person)
    assert PinnedResult.objects.count() == 1


def test_trying_shows_what_a_synonym_and_a_pin_would_do_and_keeps_nothing(cast, client):
    client.force_login(cast.eve)
    publish("quokkas", title="Quokka rules")
    publish("meant", title="Wombat ways")
    before = Synonym.objects.count()
    shown = client.get(TRY, {"q": "wallaby", "language": "en"}).content.decode()
    assert "Quokka rules" not in shown
    shown = client.get(TRY, {"q": "wallaby", "language": "en", "same": "wallaby|quokka"}).content.decode()
    assert "Quokka rules" in shown and "new" in shown
    shown = client.get(TRY, {"q": "quokka", "language": "en", "pin": "meant"}).content.decode()
    assert shown.rindex("Wombat ways") < shown.rindex("Quokka rules")
    assert Synonym.objects.count() == before and not PinnedResult.objects.exists()
    assert client.get(TRY, {"q": "\x00|" * 300, "language": "xx", "same": "|", "pin": "\x00"}).status_code == 200
