"""Readability against texts counted by hand, and against the traps that Markdown sets."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financy_support.desk.errors import Invalid
from knowledge.readability.prose import sentences_of
from knowledge.readability.score import FORMULAS, Counts, score_text

# Counted by hand, sentence by sentence: words, syllables, letters.
#   Open the app                            3   4  10
#   Tap Settings and choose your account    6   8  31
#   We send a code to your phone            7   7  22
#   Type the code within ten minutes        6   8  27
ENGLISH = (
    "Open the app. Tap Settings and choose your account. "
    "We send a code to your phone. Type the code within ten minutes."
)
#   Abra o a-pli-ca-ti-vo                                      3   8  15
#   To-que em Con-fi-gu-ra-ções e es-co-lha a su-a con-ta      8  17  37
#   Vo-cê vai re-ce-ber um có-di-go no ce-lu-lar               7  14  31
#   Di-gi-te o có-di-go na te-la                               5  10  19
PORTUGUESE = (
    "Abra o aplicativo. Toque em Configurações e escolha a sua conta. "
    "Você vai receber um código no celular. Digite o código na tela."
)
#   A-bre la a-pli-ca-ción                                     3   7  16
#   To-ca Con-fi-gu-ra-ción y e-li-ge tu cuen-ta               6  14  31
#   Vas a re-ci-bir un có-di-go en el ce-lu-lar                8  14  30
#   Es-cri-be el có-di-go en la pan-ta-lla                     6  12  27
SPANISH = (
    "Abre la aplicación. Toca Configuración y elige tu cuenta. "
    "Vas a recibir un código en el celular. Escribe el código en la pantalla."
)
HARD = {
    "en": "Notwithstanding the aforementioned considerations, organizational administrators necessarily assume "
    "responsibility for authentication configuration throughout the entirety of the implementation period.",
    "pt": "Não obstante as considerações anteriormente mencionadas, os administradores responsabilizam-se "
    "integralmente pelas configurações de autenticação durante a totalidade do período de implementação da plataforma.",
    "es": "No obstante las consideraciones anteriormente mencionadas, los administradores se responsabilizan "
    "íntegramente de la configuración de la autenticación durante la totalidad del período de implementación.",
}


def texts(markdown: str) -> list[str]:
    return [sentence.text for sentence in sentences_of(markdown)]


def words(markdown: str) -> list[str]:
    return [word for sentence in sentences_of(markdown) for word in sentence.words]


def test_english_is_scored_by_flesch_kincaid():
    score = score_text("\n\n".join([ENGLISH] * 5), "en")
    assert score.counts == Counts(letters=450, syllables=135, words=110, sentences=20)
    # 0.39 · 110/20 + 11.8 · 135/110 − 15.59 = 2.145 + 14.4818 − 15.59
    assert score.value == pytest.approx(1.0368, abs=1e-4)
    assert (score.formula, score.version, score.pass_line, score.passes) == ("Flesch-Kincaid grade", "1975", 8, True)
    assert score.second is None


def test_portuguese_is_scored_by_flesch_martins_with_gulpease_beside_it():
    score = score_text("\n\n".join([PORTUGUESE] * 5), "pt")
    assert score.counts == Counts(letters=510, syllables=245, words=115, sentences=20)
    # 248.835 − 1.015 · 115/20 − 84.6 · 245/115 = 248.835 − 5.8363 − 180.2348
    assert score.value == pytest.approx(62.7640, abs=1e-4)
    assert (score.formula, score.pass_line, score.passes, score.band) == ("Flesch-Martins", 50, True, "easy")
    # 89 + 300 · 20/115 − 10 · 510/115 = 89 + 52.1739 − 44.3478
    assert score.second is not None
    assert score.second.value == pytest.approx(96.8261, abs=1e-4)


def test_spanish_is_scored_by_fernandez_huerta_with_the_inflesz_band_beside_it():
    score = score_text("\n\n".join([SPANISH] * 5), "es")
    assert score.counts == Counts(letters=520, syllables=235, words=115, sentences=20)
    # 206.84 − 60 · 235/115 − 1.02 · 115/20 = 206.84 − 122.6087 − 5.865
    assert score.value == pytest.approx(78.3663, abs=1e-4)
    assert (score.pass_line, score.passes, score.band) == (60, True, "grade 6: fairly easy")
    # 206.835 − 62.3 · 235/115 − 115/20 = 206.835 − 127.3087 − 5.75
    assert score.second is not None
    assert (score.second.value, score.second.band) == (pytest.approx(73.7763, abs=1e-4), "fairly easy")


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_what_officials_write_fails_in_every_language(language):
    score = score_text("\n\n".join([HARD[language]] * 6), language)
    assert score.passes is False


@pytest.mark.parametrize(
    ("language", "just_passes", "just_fails"), [("en", 8, 8.001), ("pt", 50, 49.9), ("es", 60, 59.9)]
)
def test_who_is_on_the_line_passes(language, just_passes, just_fails):
    formula = FORMULAS[language]
    assert (formula.passes(just_passes), formula.passes(just_fails)) == (True, False)


def test_a_short_text_neither_passes_nor_fails():
    score = score_text(ENGLISH, "en")
    assert (score.too_short, score.passes) == (True, None)
    assert score.counts.words == 22


@pytest.mark.parametrize("nothing", ["", "\n\n", "```\ncode\n```", "12,50", "<div></div>", "---"])
def test_nothing_to_read_is_too_short_and_breaks_nothing(nothing):
    score = score_text(nothing, "pt")
    assert (score.counts, score.passes, score.worst) == (Counts(0, 0, 0, 0), None, ())


def test_a_language_without_a_formula_is_refused_not_scored_by_another():
    for language in ("fr", "", "esperanto"):
        with pytest.raises(Invalid, match=f"No readability formula for '{language}'"):
            score_text("Ouvrez la page.", language)


def test_a_variant_of_a_language_is_that_language():
    assert score_text(PORTUGUESE, "pt-BR") == score_text(PORTUGUESE, "pt_BR") == score_text(PORTUGUESE, "pt")


def test_scoring_needs_no_network(monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    for text, language in [(ENGLISH, "en"), (PORTUGUESE, "pt"), (SPANISH, "es")]:
        score_text(text + " Umheard offwörd.", language)


# What is a sentence


def test_sentences_of_two_words_count():
    assert texts("Toque Guardar. Toque Salvar.") == ["Toque Guardar.", "Toque Salvar."]


def test_six_steps_without_full_stops_are_six_sentences():
    steps = ["Abre la aplicación", "Toca tu cuenta", "Toca Guardar", "Elige un banco", "Escribe tu clave", "Espera"]
    assert texts("\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))) == steps
    assert texts("\n".join(f"- {step}" for step in steps)) == steps


def test_headings_cells_and_paragraphs_end_at_their_edge():
    markdown = (
        "# One title\n\nFirst words\n\nMore words\n\n| Left cell | Right cell |\n|---|---|\n| Down here | Yes |\n"
    )
    assert texts(markdown) == ["One title", "First words", "More words", "Left cell", "Right cell", "Down here", "Yes"]


def test_a_nested_list_parts_each_item():
    assert texts("- Outer item\n  - Inner item\n- Last item") == ["Outer item", "Inner item", "Last item"]


def test_a_line_wrapped_in_the_source_is_one_sentence_and_a_hard_break_is_two():
    assert texts("Open the\napp now.") == ["Open the app now."]
    assert texts("Open the app  \nTap Save") == ["Open the app", "Tap Save"]


@pytest.mark.parametrize(
    "one",
    [
        "Pague 1.234,56 hoje.",
        "Pay $1,234.56 today.",
        "Since 12.03.2025 it works.",
        "Desde 12/03/2025 funciona.",
        "Use version 2.1.0 or newer.",
        "Open https://app.financy.com/a.b?c=d.e now.",
        "See status.financy.com first.",
        "Write to help@financy.com today.",
        "Ask Dr. Silva or Mrs. Stone.",
        "Fale com o Sr. Silva e a Dra. Costa.",
        "Vea la pág. 5 y el art. 3 de la Sra. Díaz.",
        "Use fruit, e.g. Apples.",
        "Come at 5 p.m. or later.",
        "Use bancos, contas etc. no aplicativo.",
        "Ask J. Silva about it.",
        "See No. 5 below.",
        "Wait … then go on.",
        "“Where?” he asked.",
        "Tap it (see above.) and wait.",
        "The file `a.b. C` is here.",
    ],
)
def test_dots_inside_make_no_fake_sentences(one):
    assert len(texts(one)) == 1


@pytest.mark.parametrize(
    "two",
    [
        "Open it. Tap Save.",
        "Really? Yes!",
        "¿Listo? ¡Sí!",
        "He said “Save.” Then he left.",
        "It is **done.** Now wait.",
        "Pague até 12/03/2025. Depois espere.",
        "It costs $5. Pay now.",
        "Go to status.financy.com. Wait there.",
        "Use `next`. then go on.",
        "Read `a`. `b` comes later.",
        "The answer is No. Try again.",
        "Come at 5 p.m. Then wait.",
        "Use bancos, contas etc. Depois salve.",
        "save it. then close it.",
        "Close it. iPhone users wait.",
    ],
)
def test_real_ends_are_found(two):
    assert len(texts(two)) == 2


# What is a word


@pytest.mark.parametrize(
    ("markdown", "counted"),
    [
        ("Pay <b>now</b> <span class='big red'>please</span>", ["Pay", "now", "please"]),
        ("<div class='a b c'>\nhidden here\n</div>\n\nSeen here", ["Seen", "here"]),
        ("Tap <br> Save", ["Tap", "Save"]),
        ("Use `git push` now", ["Use", "now"]),
        ("See [the guide](https://a.example/long-path/here) first", ["See", "the", "guide", "first"]),
        ("See <https://a.example/b> or www.a.example now", ["See", "or", "now"]),
        ("![A tall picture](a.png) Seen", ["Seen"]),
        ("Em 12/03/2025 às 10h30 pague R$ 1.234,56 ou 5%", ["Em", "às", "pague", "ou"]),
        ("Error TX-104 in v2.1", ["Error", "in"]),
        ("Settings → Connections / Apps", ["Settings", "Connections", "Apps"]),
        ("and/or **two-step** sign-in", ["and", "or", "two-step", "sign-in"]),
        ("Don’t use user_id or a@b.example", ["Don’t", "use", "or"]),
        ("Fim&nbsp;de&nbsp;mês &amp; ano", ["Fim", "de", "mês", "ano"]),
        ("Save—then wait", ["Save", "then", "wait"]),
    ],
)
def test_only_what_is_read_as_words_counts(markdown, counted):
    assert words(markdown) == counted


def test_accents_written_apart_are_the_same_letters():
    assert sentences_of("Configurac\u0327a\u0303o") == sentences_of("Configuração")


CODE = st.text(st.characters(codec="utf-8", exclude_characters="`~\r"), max_size=80)


@given(code=CODE, language=st.sampled_from([("en", ENGLISH), ("pt", PORTUGUESE), ("es", SPANISH)]))
def test_adding_a_code_block_changes_nothing(code, language):
    language, text = language
    blocks = [f"```\n{code}\n```", "    " + code.replace("\n", "\n    ")]
    for block in blocks:
        assert score_text(f"{text}\n\n{block}\n\n{text}", language) == score_text(f"{text}\n\n{text}", language)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    for language in ("en", "pt", "es"):
        score = score_text(text, language)
        assert score.counts.syllables >= score.counts.words >= score.counts.sentences


# The worst sentences

WORDS = [
    "we",
    "tap",
    "account",
    "settings",
    "transaction",
    "configuration",
    "verification",
    "the",
    "internationalization",
]
PROSE = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(lambda some: " ".join(some).capitalize() + "."),
    min_size=7,
    max_size=15,
    unique=True,
)


@given(PROSE)
def test_leaving_out_a_worst_sentence_helps_more_than_leaving_out_any_other(prose):
    whole = score_text("\n\n".join(prose), "en")
    gain = {
        left: whole.value - score_text("\n\n".join(sentence for sentence in prose if sentence != left), "en").value
        for left in prose
    }
    assert len(whole.worst) == 5
    for hard in whole.worst:
        assert hard.cost == pytest.approx(gain[hard.text])
    named = {hard.text for hard in whole.worst}
    assert min(hard.cost for hard in whole.worst) >= max(gain[left] for left in prose if left not in named) - 1e-9
    assert [hard.cost for hard in whole.worst] == sorted((hard.cost for hard in whole.worst), reverse=True)


@pytest.mark.parametrize(("language", "easy"), [("en", ENGLISH), ("pt", PORTUGUESE), ("es", SPANISH)])
def test_the_worst_sentence_is_the_hard_one_and_not_a_heading_of_one_long_word(language, easy):
    score = score_text(f"## Configuração\n\n{easy}\n\n{HARD[language]}\n\n{easy}", language)
    assert score.worst[0].text == HARD[language]
    assert score.worst[0].cost > 0


def test_a_worst_sentence_is_shown_with_its_code():
    assert score_text("Tap `Save.as` and `x`.", "en").worst[0].text == "Tap `Save.as` and `x`."
