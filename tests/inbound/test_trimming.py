"""Of an answer only the new words are shown: measured on 64 public pairs, and held by examples of our own."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from communications.inbound.trim import trim_reply

DATA = Path(os.environ.get("DESK_DATA") or Path(__file__).parents[3] / "shared" / "data")
PAIRS = DATA / "reply_trimming_pairs.jsonl"
OURS = {
    "english": "Yes.\n\nOn Mon, 23 Nov 2026 at 12:00, Support <support@financy.example>\nwrote:\n\n> Shall we?",
    "portuguese": "Sim.\n\nEm seg., 23 de nov. de 2026 às 12:00, Suporte <s@financy.example> escreveu:\n> Vamos?",
    "spanish": "Sí.\n\nEl lun, 23 nov 2026 a las 12:00, Soporte (<s@financy.example>) escribió:\n\n> ¿Vamos?",
    "outlook en": "Yes.\n\nFrom: Support\nSent: Monday\nTo: Ben\nSubject: Re: Card\n\nShall we?",
    "outlook pt": "Sim.\n\nDe: Suporte\nEnviado: segunda-feira\nPara: Ana\nAssunto: Cartão\n\nVamos?",
    "outlook es": "Sí.\n\n-----Mensaje original-----\nDe: Soporte\nEnviado el: lunes\nPara: Carmen\n\n¿Vamos?",
    "signature": "Yes.\n\n-- \nBen Carter\nCarter Ltd",
    "phone en": "Yes.\n\nSent from my iPhone",
    "phone pt": "Sim.\n\nEnviado do meu iPhone",
    "phone es": "Sí.\n\nEnviado desde mi iPhone",
}
HOSTILE = ["> " * 50_000, "On 1 " * 40_000, "-" * 200_000, "From: a\n" * 30_000, "a@b " * 50_000]


@pytest.mark.parametrize("name", OURS)
def test_what_was_said_before_and_the_signature_go(name):
    text = OURS[name]
    assert trim_reply(text) == text.partition("\n\n")[0]


def test_a_line_by_line_answer_stays_whole():
    text = "> Which card?\nThe blue one.\n> Which door?\nThe front one."
    assert trim_reply(text) == text


@pytest.mark.parametrize("text", ["> only a quote", "From: a\nTo: b\nSubject: c\n\nforwarded", "-- \nBen"])
def test_a_mail_with_nothing_new_is_shown_whole(text):
    assert trim_reply(text) == text


@pytest.mark.parametrize(
    "hostile", ["> " * 50_000, "On 1 " * 40_000, "-" * 200_000, "From: a\n" * 30_000, "a@b " * 50_000]
)
def test_a_hostile_text_ends(hostile):
    assert trim_reply(hostile)


@pytest.mark.skipif(not PAIRS.exists(), reason="no public pairs beside the project (set DESK_DATA)")
def test_the_share_right_on_public_pairs():
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    known = [pair for pair in pairs if pair["expected_reply"] is not None]
    right = [pair["name"] for pair in known if _plain(trim_reply(pair["body"])) == _plain(pair["expected_reply"])]
    assert len(known) == 64
    assert len(right) >= 54  # mail-parser-reply 15 to 19, email-reply-parser 28, quotequail 31
    spoken = [pair["name"] for pair in known if re.search("spanish|portuguese", pair["name"])]
    assert spoken
    assert set(spoken) <= set(right)


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "a" * 160 + "@" + "a" * 900_000,
        "Words.\n" + "Sent from x\n" * 19_990 + "plain\n" * 10,
        ("a" * 299 + "\n") * 3_300,
        ("1/2/2016 " + "a" * 290 + "\n") * 2_500,
        ("on 1 " + "wrote " * 48 + "x\n") * 2_500,
        ("a" * 120 + "@" + "a" * 120 + " " * 41 + "wrote:\n") * 2_600,
        ("From: a@b.example\n" * 3 + "\n") * 10_000,
        "Words.\n" + "On 1/1/2020 x wrote:\n" * 19_980 + "> q\nanswer\n",
    ],
    ids=["one line", "greetings", "letters", "dates", "verbs", "addresses", "headers", "attributions"],
)
def test_words_that_are_written_to_keep_it_busy_come_to_an_end(text):
    assert trim_reply(text[:1_000_000])


def test_a_long_line_is_kept_as_it_is():
    text = "Olá. " * 300
    assert trim_reply(f"{text}\n\nOn Mon, 1 Feb 2016 at 4:58, Ben <ben@example.com> wrote:\n> x") == text.strip()


def test_an_attribution_that_is_cut_off_at_the_end_is_no_trouble():
    assert trim_reply("Words.\n2016-02-01 4:58 GMT+1 Ben <") == "Words."
