"""Syllables against words split by hand: those the rules were made with, and those drawn afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.readability.syllables import count_syllables

HAND = Path(__file__).parent / "syllables"  # words split by '·', a hyphen of the word itself kept
GOAL = {"en": 0.95, "pt": 0.97, "es": 0.97}


def split_by_hand(folder: Path, language: str) -> list[str]:
    return (folder / f"{language}.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("language", ["en", "pt", "es"])
@pytest.mark.parametrize("folder", [HAND, HAND / "unseen"], ids=["made_with", "unseen"])
def test_words_split_by_hand_are_counted_right(folder, language):
    words = split_by_hand(folder, language)
    wrong = {
        word: counted
        for word in words
        if (counted := count_syllables(word.replace("·", ""), language)) != word.count("·") + 1
    }
    assert len(words) >= 120
    assert len(wrong) <= len(words) * (1 - GOAL[language]), wrong


@pytest.mark.parametrize(
    ("word", "language", "said"),
    [
        ("PDF", "en", "p·d·f"),
        ("WWW", "en", "dou·ble·u·dou·ble·u·dou·ble·u"),
        ("PDF", "pt", "pê·dê·e·fe"),
        ("CSV", "es", "ce·e·se·ve"),
        ("https", "en", "h·t·t·p·s"),
        ("JSON", "en", "ja·son"),
        ("e-mail", "pt", "e·mail"),
        ("guarda-chuva", "pt", "guar·da·chu·va"),
        ("people’s", "en", "peo·ple’s"),
        ("page's", "en", "pa·ge's"),
        ("haven’t", "en", "ha·ven’t"),
        ("don’t", "en", "don’t"),
    ],
)
def test_letters_hyphens_and_apostrophes(word, language, said):
    assert count_syllables(word, language) == said.count("·") + 1


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_capitals_at_the_front_change_nothing(language):
    for word in split_by_hand(HAND, language):
        word = word.replace("·", "")
        if len(word) > 1:
            assert count_syllables(word.capitalize(), language) == count_syllables(word, language)


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_no_word_is_without_a_syllable(language):
    assert all(count_syllables(word, language) >= 1 for word in ["x", "hm", "e", "-", "", "ß", "слово", "日本"])
