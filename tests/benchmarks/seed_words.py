"""Words for a million tickets: three languages, few words often and most words seldom (Zipf), the same in every run."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

SNIPPETS = 20_000
WORDS_A_SNIPPET = 10
ABSENT = "quetzalcoatl"

OFTEN = """
    payment card account cannot the my bank error transfer statement
    não pagamento cartão conta consigo minha banco fatura erro transferência
    tarjeta cuenta puedo banco pago contraseña sesión factura aplicación importe
"""
HEADS = "tra cor men bal dis per fin alu sol ver con pre gra lum tor mis cal ren dol fer"
MIDDLES = "a e i o u an en in on un ar er ir or ur as es is os us"
TAILS = "ção ment ble dad tor ness ura able ivo ing sión oso ary ante eza ist ado al ism ed"

MADE_UP = itertools.product(HEADS.split(), MIDDLES.split(), TAILS.split())
VOCABULARY = [*dict.fromkeys([*OFTEN.split(), *map("".join, MADE_UP)])]


def snippets() -> Iterator[str]:
    """Pieces of text from which bodies are put together."""
    dice = random.Random(42)
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))
    for _ in range(SNIPPETS):
        yield " ".join(dice.choices(VOCABULARY, cum_weights=weights, k=WORDS_A_SNIPPET))


def searches() -> dict[str, list[str]]:
    """What people search for, by how often it is found."""
    common, middling, rare = VOCABULARY[:6], VOCABULARY[300:306], VOCABULARY[-6:]
    return {
        "common": common,
        "middling": middling,
        "rare": rare,
        "absent": [f"{ABSENT}{number}" for number in range(6)],
        "two-common": [f"{one} {other}" for one, other in itertools.pairwise(common)],
        "common-and-rare": [f"{one} {other}" for one, other in zip(common, rare, strict=True)],
        "unique": [f"acct{number}" for number in (17, 999, 4242, 5005, 7777, 9001)],
    }
