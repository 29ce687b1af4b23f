"""How easily a text reads, in its language's own formula: English, Portuguese or Spanish; pure and offline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from financy_support.desk.errors import Invalid
from knowledge.readability.prose import Sentence, sentences_of
from knowledge.readability.syllables import count_syllables

ENOUGH_WORDS = 100  # below, a formula says more about chance than about the text
WORST = 5


@dataclass(frozen=True)
class Counts:
    """What every formula is made of."""

    letters: int
    syllables: int
    words: int
    sentences: int


@dataclass(frozen=True)
class Opinion:
    """What one formula says; ``band`` is its own word for the value."""

    formula: str
    value: float
    band: str


@dataclass(frozen=True)
class HardSentence:
    """A sentence and what it costs: by how much the text's value would be better without it.

    ``value`` is the formula on this sentence alone. It is not what sentences are ranked by: a heading of one long
    word has the worst value of all and harms nobody.
    """

    text: str
    value: float
    cost: float


@dataclass(frozen=True)
class Readability:
    """A score that can be checked: the formula and its version, the raw counts, and what weighs most.

    ``passes`` is None while ``too_short``: no score is claimed either way, and ``value`` only hints.
    ``second`` is a second opinion, shown and never asked whether the text passes.
    """

    language: str
    formula: str
    version: str
    value: float
    pass_line: float
    passes: bool | None
    band: str
    counts: Counts
    worst: tuple[HardSentence, ...]
    too_short: bool
    second: Opinion | None


@dataclass(frozen=True)
class Formula:
    """A language's formula, which way it is better, its pass line and its bands (lower edge, words), easiest first."""

    name: str
    version: str
    of: Callable[[Counts], float]
    higher_is_easier: bool
    pass_line: float
    bands: tuple[tuple[float, str], ...]

    def passes(self, value: float) -> bool:
        return value >= self.pass_line if self.higher_is_easier else value <= self.pass_line

    def band(self, value: float) -> str:
        if self.higher_is_easier:
            return next((words for edge, words in self.bands if value >= edge), self.bands[-1][1])
        return next((words for edge, words in self.bands if value <= edge), self.bands[-1][1])


def score_text(markdown: str, language: str) -> Readability:
    """The readability of a Markdown text in ``language`` ('en', 'pt', 'es'; 'pt-BR' counts as 'pt').

    1. Cut the text into sentences, leaving out what is not read as prose (``prose.sentences_of``).
    2. Count letters, syllables, words and sentences.
    3. Put them into the language's formula, and into the second one beside it.
    4. Name the ``WORST`` sentences by what they cost.

    Raises ``Invalid`` for any other language: a text is never scored by another language's formula.
    """
    language = language.lower().replace("_", "-").split("-")[0]
    if language not in FORMULAS:
        raise Invalid(f"No readability formula for '{language}'. Texts are scored in en, pt and es.", field="language")
    formula, second = FORMULAS[language], SECOND.get(language)
    sentences = sentences_of(markdown)
    each = [_count(sentence, language) for sentence in sentences]
    counts = _sum(each)
    value = formula.of(counts)
    too_short = counts.words < ENOUGH_WORDS
    other = second.of(counts) if second else 0.0
    return Readability(
        language=language,
        formula=formula.name,
        version=formula.version,
        value=value,
        pass_line=formula.pass_line,
        passes=None if too_short else formula.passes(value),
        band=formula.band(value),
        counts=counts,
        worst=_worst(formula, sentences, each, counts),
        too_short=too_short,
        second=Opinion(second.name, other, second.band(other)) if second else None,
    )


def _count(sentence: Sentence, language: str) -> Counts:
    return Counts(
        letters=sum(letter.isalpha() for word in sentence.words for letter in word),
        syllables=sum(count_syllables(word, language) for word in sentence.words),
        words=len(sentence.words),
        sentences=1,
    )


def _sum(each: Sequence[Counts]) -> Counts:
    return Counts(
        letters=sum(one.letters for one in each),
        syllables=sum(one.syllables for one in each),
        words=sum(one.words for one in each),
        sentences=len(each),
    )


def _worst(
    formula: Formula, sentences: Sequence[Sentence], each: Sequence[Counts], whole: Counts
) -> tuple[HardSentence, ...]:
    """The sentences whose leaving would help most, dearest first; of equal ones the earlier."""
    better = 1 if formula.higher_is_easier else -1
    value = formula.of(whole)
    hard = [
        HardSentence(sentence.text, formula.of(one), better * (formula.of(_without(whole, one)) - value))
        for sentence, one in zip(sentences, each, strict=True)
    ]
    return tuple(sorted(hard, key=lambda sentence: -sentence.cost)[:WORST])


def _without(whole: Counts, one: Counts) -> Counts:
    if whole.sentences == 1:
        return whole
    return Counts(
        whole.letters - one.letters,
        whole.syllables - one.syllables,
        whole.words - one.words,
        whole.sentences - one.sentences,
    )


def _per(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


FORMULAS = {
    "en": Formula(
        name="Flesch-Kincaid grade",
        version="1975",
        of=lambda n: 0.39 * _per(n.words, n.sentences) + 11.8 * _per(n.syllables, n.words) - 15.59,
        higher_is_easier=False,
        pass_line=8,
        bands=(
            (5, "grade 5 or below: very easy"),
            (6, "grade 6: easy"),
            (7, "grade 7: fairly easy"),
            (8, "grade 8: plain"),
            (10, "grades 9 to 10: fairly hard"),
            (12, "grades 11 to 12: hard"),
            (999, "above grade 12: very hard"),
        ),
    ),
    # The line of 50 is the border of 'easy'. That the band above it means school years 5 to 8 is often repeated,
    # but was not found in a primary source: the line is ours.
    "pt": Formula(
        name="Flesch-Martins",
        version="1996",
        of=lambda n: 248.835 - 1.015 * _per(n.words, n.sentences) - 84.6 * _per(n.syllables, n.words),
        higher_is_easier=True,
        pass_line=50,
        bands=((75, "very easy"), (50, "easy"), (25, "hard"), (-999, "very hard")),
    ),
    # 60 to 70 is grades 7 to 8 in the published table. 1.02 times words a sentence is the corrected reading.
    "es": Formula(
        name="Fernández Huerta",
        version="1959, corrected",
        of=lambda n: 206.84 - 60 * _per(n.syllables, n.words) - 1.02 * _per(n.words, n.sentences),
        higher_is_easier=True,
        pass_line=60,
        bands=(
            (90, "grade 4: very easy"),
            (80, "grade 5: easy"),
            (70, "grade 6: fairly easy"),
            (60, "grades 7 to 8: plain"),
            (50, "before university: fairly hard"),
            (30, "university: hard"),
            (-999, "specialists: very hard"),
        ),
    ),
}
SECOND = {
    "pt": Formula(
        name="Gulpease",
        version="1988",
        of=lambda n: 89 + 300 * _per(n.sentences, n.words) - 10 * _per(n.letters, n.words),
        higher_is_easier=True,
        pass_line=60,
        bands=(
            (80, "easy after primary school"),
            (60, "easy after middle school"),
            (40, "easy after secondary school"),
            (-999, "hard for all"),
        ),
    ),
    # The INFLESZ bands belong to this formula of Szigriszt-Pazos, not to Fernández Huerta's.
    "es": Formula(
        name="Szigriszt-Pazos (INFLESZ)",
        version="1993, bands 2008",
        of=lambda n: 206.835 - 62.3 * _per(n.syllables, n.words) - _per(n.words, n.sentences),
        higher_is_easier=True,
        pass_line=55,
        bands=((80, "very easy"), (65, "fairly easy"), (55, "normal"), (40, "somewhat hard"), (-999, "very hard")),
    ),
}
