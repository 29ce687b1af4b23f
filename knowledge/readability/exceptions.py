"""Words that no rule of syllables gets right: worn-down words, loanwords and names."""

from __future__ import annotations


def _table(text: str) -> dict[str, int]:
    """How many syllables, by word, out of lines such as '2: people every'."""
    table: dict[str, int] = {}
    for line in text.strip().splitlines():
        number, words = line.split(":")
        table |= dict.fromkeys(words.split(), int(number))
    return table


EXCEPTIONS = {
    # Sounds that nothing in the spelling tells, and names.
    "en": _table("""
        1: eye eyes pin once aches tier tiers queues
        2: people business every evening someone awesome iphone iphones junior senior creature argue argues argued
        2: hundred hundreds sacred naked cashier cashiers frontier rescue rescues chaos json gmail goodbye whereas
        2: wednesday maybe naive triage transient ids
        3: anyone everyone everything everywhere everyday businesses ios recipe recipes nuclear linear element elements
        3: increment uniqueness behavior behaviour peculiar zapier ratio ratios whoever wherever boolean firefox urls
        4: elementary apostrophe catastrophe
    """),
    # English words, said as Brazilians say them, and names.
    "pt": _table("""
        1: pin chrome drive
        2: e-mail e-mails online offline download downloads upload uploads google iphone iphones json apple site sites
        2: byte bytes edge gmail excel on-line off-line
        3: ios software softwares backup backups firefox whatsapp
    """),
    # English words, said as Latin Americans say them, and names.
    "es": _table("""
        1: pin chrome drive
        2: e-mail e-mails email emails online offline google iphone iphones json apple software byte bytes gmail
        3: ios whatsapp
    """),
}
