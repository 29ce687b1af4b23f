"""Prose out of Markdown, pure: the sentences that a reader reads, and the words in them that can be counted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

ABBREVIATIONS = (  # after these something always follows in the same sentence
    "mr mrs ms dr prof st vs eg ie cf approx fig vol pp "
    "sr sra srta srs dra profa exmo exma ilmo av ex obs tel pág págs art núm nro ud uds vd vds depto dpto "
    "apdo cap ed aprox máx mín"
)
NEVER_END = frozenset(ABBREVIATIONS.split())
MAY_END = frozenset({"etc", "al", "inc", "ltd", "ltda", "corp", "co", "jr"})  # a capital after them begins a sentence
BEFORE_NUMBERS = frozenset({"no"})  # 'No. 5', but also 'No. Try again.'
CLOSING = "\"'”’»)]}*_"
OPENING = "\"'“‘«([{¿¡*_"
ENDS = ".!?…"

_CODE = "\ufffc"  # stands where a code span stood, so that the sentence keeps its shape
_BREAK = "\u2029"  # a hard line break
_WORD = re.compile(r"[^\W\d_]+(?:['’\-\u2010\u2011][^\W\d_]+)*")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_NO_WORD = re.compile(rf"[\d@_$€£¥{_CODE}]|://|^www\.|^mailto:")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{0,2}\.?")
_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Sentence:
    """One sentence as shown, and its words as counted: without code, addresses, numbers, dates and amounts."""

    text: str
    words: tuple[str, ...]


def sentences_of(markdown: str) -> tuple[Sentence, ...]:
    """The sentences of a text in order; what holds no word is none.

    1. Each heading, list item, table cell and paragraph is a run of its own: no sentence reaches over its edge.
    2. Fenced and indented code, HTML and images are left out; of a link the text stays, not its address.
    3. A run is cut after ``. ! ? …``, but not after an abbreviation, an initial or inside a number.
    4. Code spans, addresses, and whatever holds a digit are no words, and no letters either.

    Front matter is not part of the Markdown: take it off first.
    """
    return tuple(
        sentence
        for run, code in _runs(unicodedata.normalize("NFC", markdown))
        for sentence in _sentences_of_run(run, code)
    )


def _runs(markdown: str) -> Iterator[tuple[str, Iterator[str]]]:
    """The text of each inline block, and the contents of its code spans in order."""
    for token in _PARSER.parse(markdown):
        if token.type == "inline":
            children = token.children or []
            code = iter([child.content for child in children if child.type == "code_inline"])
            yield "".join(_shown(child) for child in children), code


def _shown(token: Token) -> str:
    if token.type == "code_inline":
        return _CODE
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak":
        return _BREAK
    if token.type == "html_inline":
        return _BREAK if token.content.lower().startswith("<br") else ""
    return token.content if token.type == "text" else ""


def _sentences_of_run(run: str, code: Iterator[str]) -> Iterator[Sentence]:
    for line in run.split(_BREAK):
        pieces = line.split()
        start = 0
        for index, piece in enumerate(pieces):
            following = pieces[index + 1] if index + 1 < len(pieces) else None
            if following is None or _ends_sentence(piece, following):
                text = " ".join(pieces[start : index + 1])
                words = tuple(word for part in pieces[start : index + 1] for word in _words_of(part))
                start = index + 1
                shown = re.sub(_CODE, lambda _: f"`{next(code, '')}`", text)
                if words:
                    yield Sentence(shown, words)


def _ends_sentence(piece: str, following: str) -> bool:
    """Whether a sentence ends after ``piece``, one more piece of its run standing behind it."""
    bare = piece.rstrip(CLOSING)
    if not bare or bare[-1] not in ENDS:
        return False
    next_is_lower = _starts_lower(following)
    if bare[-1] != "." or bare.endswith("..") or bare != piece:
        return not next_is_lower  # '"Where?" he asked', 'wait… then', '(see below.) and'
    stem = bare[:-1].lstrip(OPENING)
    lower = stem.lower()
    if lower in NEVER_END or (len(stem) == 1 and stem.isalpha()):
        return False  # 'Sr. Silva', 'J. Silva'
    if lower in BEFORE_NUMBERS:
        return not following[:1].isdecimal()
    if stem.isdecimal() or lower in MAY_END:
        return not next_is_lower
    if "." in stem and _DOTTED.fullmatch(stem):
        return not next_is_lower and lower not in {"e.g", "i.e", "p.ej", "p.ex"}
    return True


def _starts_lower(piece: str) -> bool:
    """Whether a piece goes on with a small letter; iPhone and eBay start like names."""
    bare = piece.lstrip(OPENING)
    return bare[:1].islower() and not bare[1:2].isupper()


def _words_of(piece: str) -> Iterator[str]:
    bare = piece.strip(OPENING + CLOSING + ENDS + ",;:")
    if _NO_WORD.search(bare):
        return
    if "." in bare and _HOST.fullmatch(bare) and bare == bare.lower() and not _DOTTED.fullmatch(bare):
        return  # an address such as status.financy.com, or a dotted name
    if _DOTTED.fullmatch(bare) and "." in bare:
        yield bare.replace(".", "").upper()  # 'e.g.', 'p.m.': letters said one by one
        return
    yield from _WORD.findall(bare)
