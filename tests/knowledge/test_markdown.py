"""Markdown of articles becomes HTML that can do nothing but be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.markdown import articles_linked, html_of, plain_text, steps_of

ADDRESSES = {"card": "/help/en/card/"}


def html(markdown: str) -> str:
    return html_of(markdown, address_of=ADDRESSES.get)


def test_lists_tables_code_and_emphasis_are_shown():
    shown = html("## Steps\n1. Press **Save**.\n2. Run `GET /x`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert '<h2 id="steps">Steps</h2>' in shown
    assert "<strong>Save</strong>" in shown and "<code>GET /x</code>" in shown and "<td>1</td>" in shown


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "![x](https://tracker.example/pixel.png)",
        "[x](http://plain.example)",
        '<a href="https://e.example" onclick="x()">x</a>',
        "[x](https://e.example 'title' onclick)",
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_in_it_runs_loads_or_leads_where_it_may_not(typed):
    shown = html(typed)
    assert not re.search(r"<(script|img|style|iframe)|<[^>]*\son\w+=|(href|src)=\"(javascript|data|http):", shown)


@given(st.text())
def test_whatever_is_typed_no_tag_of_the_typist_s_survives(typed):
    shown = html(f"<b>{typed}</b>")
    tags = set(re.findall(r"<\s*([a-zA-Z0-9]+)", shown))
    assert tags <= {"a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s",
                    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}  # fmt: skip


def test_links_between_articles_get_the_reader_s_address_and_dead_ones_keep_their_words():
    shown = html("See [the card](article:card) and [the **secret**](article:secret).")
    assert '<a href="/help/en/card/"' in shown
    assert "<strong>secret</strong>" in shown and "article:" not in shown and shown.count("<a ") == 1
    assert articles_linked("[a](article:card) [b](article:secret) [c](article:card) [d](https://x.example)") == [
        "card",
        "secret",
    ]


def test_plain_words_keep_their_order_and_lose_their_marks():
    text = plain_text("## Problem\nYour *card*\nfails with `TX-104`: [see](https://x.example).\n\n```\nGET /x\n```\n")
    assert text == "Problem\nYour card fails with TX-104: see.\nGET /x"


def test_the_steps_of_numbered_lists_are_found_and_no_bullets():
    assert steps_of("- no step\n\n1. Open **Home**.\n2. Press +.\n   - or not\n\nEnd.") == ["Open Home.", "Press +."]
