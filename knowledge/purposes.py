"""What knowledge says: to its own people that something is owed, to readers who told us something what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from communications.purposes import Purpose

AT_ONCE, LATE, ASSIGNED = "article_at_once", "article_late", "assignment_given"
FEEDBACK_RECEIVED, FEEDBACK_ANSWERED, FEEDBACK_LANDED = "feedback_received", "feedback_answered", "feedback_landed"
DUE = {
    "en": "November 25, 2026, 10:00:00 AM GMT-3",
    "pt": "25 de novembro de 2026 10:00:00 GMT-3",
    "es": "25 de noviembre de 2026, 10:00:00 GMT-3",
}
LINK = "https://support.example.com/admin/knowledge/article/7/change/"
READ: dict[str, str | Mapping[str, str]] = {
    "article": {"en": "Lock a lost card", "pt": "Bloquear um cartão perdido", "es": "Bloquear una tarjeta perdida"},
    "link": "https://support.example.com/help/en/lock-a-lost-card/",
}

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
    Purpose(
        ASSIGNED,
        _("Somebody gave you work on the knowledge base"),
        facts={
            "article": {"en": "split a bill", "pt": "dividir a conta", "es": "dividir la cuenta"},
            "duty": {
                "en": "see that the question is answered",
                "pt": "cuidar para que a pergunta tenha resposta",
                "es": "lograr que la pregunta tenga respuesta",
            },
            "given_by": "Tom",
            "due": DUE,
            "link": LINK,
        },
        required=frozenset({"article", "duty", "due", "link"}),
        is_to_staff=True,
    ),
    Purpose(
        FEEDBACK_RECEIVED,
        _("Thanks to a reader for what they told us"),
        facts=READ,
        required=frozenset({"article"}),
    ),
    Purpose(
        FEEDBACK_ANSWERED,
        _("Our answer to what a reader told us"),
        facts={**READ, "answer": {"en": "You are right.", "pt": "Você tem razão.", "es": "Tienes razón."}},
        required=frozenset({"article", "answer"}),
    ),
    Purpose(
        FEEDBACK_LANDED,
        _("Thanks to a reader: the article was changed"),
        facts={
            **READ,
            "change": {
                "en": "Step 3 names the right button.",
                "pt": "O passo 3 diz o botão certo.",
                "es": "El paso 3 dice el botón correcto.",
            },
        },
        required=frozenset({"article", "change", "link"}),
    ),
)
