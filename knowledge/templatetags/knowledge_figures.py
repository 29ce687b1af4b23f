"""Figures as readers of a page see them: a value with its sample, and spans drawn to scale."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from knowledge.impact import Comparison, Figure

register = template.Library()
WIDTH, ROW, BARS_WIDE, BARS_HIGH = 240, 18, 720, 140


@register.simple_tag
def figure(value: Figure, most: float) -> str:
    """The value, its interval and how many readers it is of; a share in percent."""
    if value.value is None:
        return _("nobody yet")
    if most == 1:
        shown = f"{value.value * 100:.0f} % ({value.low * 100:.0f}–{value.high * 100:.0f} %)"
    else:
        shown = f"{value.value:.1f} ({value.low:.1f}–{value.high:.1f})"
    return _("%(shown)s, %(sample)s readers") % {"shown": shown, "sample": value.sample}


@register.simple_tag
def spans(one: Comparison) -> SafeString:
    """Before above after, on one scale; the words beside it say the same."""
    drawn = (_span(row, place, one.most) for place, row in enumerate((one.before, one.after)))
    rows = format_html_join("", "{}", ((each,) for each in drawn))
    return format_html(
        '<svg class="desk-spans" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}</svg>',
        WIDTH, 2 * ROW, WIDTH, 2 * ROW, rows,
    )  # fmt: skip


@register.simple_tag
def bars(rows: list[dict[str, Any]]) -> SafeString:
    """A bar a week: all that asked, in it those that read, in it those that wrote to us; a table says the same."""
    most = max([row["asked"] for row in rows] + [1])
    wide = BARS_WIDE // max(len(rows), 1)
    drawn = [
        _bar(place * wide + 2, wide - 4, row[name] / most, tone)
        for place, row in enumerate(rows)
        for name, tone in (("asked", "#cbd5e1"), ("read", "#7c3aed"), ("wrote", "#dc2626"))
    ]
    return format_html(
        '<svg class="desk-bars" viewBox="0 0 {} {}" width="100%" height="{}" preserveAspectRatio="none"'
        ' aria-hidden="true">{}</svg>',
        BARS_WIDE, BARS_HIGH, BARS_HIGH, format_html_join("", "{}", ((one,) for one in drawn)),
    )  # fmt: skip


def _bar(left: int, wide: int, share: float, tone: str) -> SafeString:
    high = round(share * BARS_HIGH)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>', left, BARS_HIGH - high, wide, high, tone
    )


def _span(row: Figure, place: int, most: float) -> SafeString:
    middle = place * ROW + ROW // 2
    facts: dict[str, Any] = {"y": middle, "end": WIDTH}
    base = '<line x1="0" x2="{end}" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity=".15"/>'
    if row.value is None:
        return format_html(base, **facts)
    facts |= {name: f"{at / most * WIDTH:.1f}" for name, at in (("x1", row.low), ("x2", row.high), ("x", row.value))}
    tone = "#7c3aed" if place else "#94a3b8"
    drawn = '<line x1="{x1}" x2="{x2}" y1="{y}" y2="{y}" stroke="{tone}" stroke-width="4" stroke-opacity=".5"/>'
    return format_html(base + drawn + '<circle cx="{x}" cy="{y}" r="5" fill="{tone}"/>', tone=tone, **facts)
