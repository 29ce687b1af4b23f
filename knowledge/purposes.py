"""What knowledge says to its own people: that something is owed to an article."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communications.purposes import Purpose

AT_ONCE, LATE = "article_at_once", "article_late"
DUE = {
    "en": "November 25, 2026, 10:00:00 AM GMT-3",
    "pt": "25 de novembro de 2026 10:00:00 GMT-3",
    "es": "25 de noviembre de 2026, 10:00:00 GMT-3",
}
LINK = "https://support.example.com/admin/knowledge/article/7/change/"

PURPOSES = (
    Purpose(
        AT_ONCE,
        _("An article was published ahead of its approval"),
        facts={
            "article": "Lock a lost card",
            "article_language": "en",
            "published_by": "Tom",
            "why": "Money is at risk.",
            "due": DUE,
            "link": LINK,
        },
        required=frozenset({"article", "why", "due", "link"}),
        is_to_staff=True,
    ),
    Purpose(
        LATE,
        _("Something owed to an article is late"),
        facts={
            "article": "Lock a lost card",
            "duty": {"en": "look over", "pt": "conferir", "es": "revisar"},
            "due": DUE,
            "link": LINK,
        },
        required=frozenset({"article", "duty", "due", "link"}),
        is_to_staff=True,
    ),
)
