"""Figures as readers of a page see them: a value with its sample, and spans drawn to scale."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from knowledge.impact import Comparison, Figure

register = template.Library()
WIDTH, ROW = 240, 18


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
    rows = SafeString("").join(_span(row, place, one.most) for place, row in enumerate((one.before, one.after)))
    return format_html(
        '<svg class="desk-spans" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}</svg>',
        WIDTH, 2 * ROW, WIDTH, 2 * ROW, rows,
    )  # fmt: skip


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
