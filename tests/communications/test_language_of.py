"""Which language words are in: never a wrong one, and on whole texts nearly always the right one."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from communications.language_of import language_of

DATA = Path(__file__).parents[2] / "../shared/data"
TEXTS = Path(__file__).parents[2] / "communications/guide_texts"


@pytest.mark.parametrize(
    "words", ["", "ok", "Answer", "FIN-000123 ✓", "No problem", "Tente de novo", "12345 678", "x" * 9]
)
def test_too_few_words_speak_for_no_language(words):
    assert language_of(words) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Please let us know which of the cards you have used, and we will look into it."),
        ("pt", "Verificamos o seu cartão e não encontramos nenhuma transação recusada hoje."),
        ("es", "Hemos verificado su tarjeta y no encontramos ninguna operación rechazada hoy."),
    ],
)
def test_a_sentence_speaks_for_its_language(language, words):
    assert language_of(words) == language


@pytest.mark.parametrize("file", sorted(TEXTS.glob("*/*.txt")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_text_that_ships_is_taken_for_another_language(file):
    assert language_of(file.read_text("utf-8")) in ("", file.name.split(".")[1])


@pytest.mark.skipif(not DATA.exists(), reason="the real texts do not stand beside this checkout")
@pytest.mark.parametrize("words", [3, 5, 8, 12, 20, 40])
def test_no_real_text_of_any_length_is_taken_for_another_language(words):
    judged = [(language, language_of(cut)) for language, cut in real_texts(words)]
    assert len(judged) > 1_000
    assert not [pair for pair in judged if pair[1] not in ("", pair[0])]
    if words == 40:
        assert sum(said == language for language, said in judged) > 0.98 * len(judged)


def real_texts(words: int) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(sys.maxsize)
    columns = [
        ("en", "cfpb_complaints.csv", "narrative"),
        ("en", "banking77_queries.csv", "text"),
        ("pt", "reclame_aqui_2025_pt.csv", "text"),
        ("pt", "fintech_complaints_pt.csv", "snippet"),
        ("", "support_tickets_multilang.csv", "answer"),
    ]
    for language, name, column in columns:
        with (DATA / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                spoken = language or row["language"]
                cut = (row[column] or "").split()[:words]
                if spoken in ("en", "pt", "es") and len(cut) == words:
                    yield spoken, " ".join(cut)
