"""The handbook's channels, templates and phrases as data; the words stand in guide_texts/."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

from communications.models import Availability
from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.desk.guide import BUSINESS_HOURS
from financy_support.desk.people.severity import Severity

TEXTS = Path(__file__).parent / "guide_texts"
ANY_SEVERITY = "any"

ALL_LANGUAGES = ["english", "portuguese", "spanish"]
TWO_LANGUAGES = ["english", "portuguese"]

# Handbook 'communication_channels': code, name, kind, availability, response time (None: immediate), languages.
CHANNELS = [
    ("in_app_chat", "In-app chat", "in_app", Availability.ALWAYS, timedelta(minutes=5), ALL_LANGUAGES),
    ("email_support", "E-mail", "email", Availability.ALWAYS, timedelta(hours=2), ALL_LANGUAGES),
    ("phone_support", "Phone", "phone", Availability.BUSINESS_HOURS, None, TWO_LANGUAGES),
    ("video_call", "Video call", "video", Availability.BY_APPOINTMENT, timedelta(hours=24), TWO_LANGUAGES),
]

# Design §8, 15: “immediate” is answered in the call; a call that nobody answered is called back.
CALL_BACK = {"phone_support": timedelta(minutes=5)}

# The greeting where it is read: a line of the chat instead of a letter. Language → subject, body.
CHAT_GREETING = {
    "en": (
        "We have your question",
        "Thank you! This is {reference}. A person answers within {expected_response_time}.",
    ),
    "pt": (
        "Recebemos sua pergunta",
        "Obrigado! Este é o {reference}. Uma pessoa responde em até {expected_response_time}.",
    ),
    "es": (
        "Tenemos su pregunta",
        "¡Gracias! Este es el {reference}. Una persona responde en {expected_response_time} como máximo.",
    ),
}

# The handbook promises no reminder; an hour before is ours.
REMIND = {"video_call": timedelta(hours=1)}

# When the channel that somebody prefers cannot be used: nobody is called up, or asked to a chat, who did not wish it.
FALLBACK_RANK = {"email_support": 1}

# By the recipient's own clock; e-mail wakes nobody. Kind → from, until.
QUIET_HOURS = {"call": (time(21), time(8)), "sms": (time(21), time(8))}

# Automatic mail at most: five to a recipient an hour; about a ticket enough for people, not for robots. None for a
# domain: most customers share a few mail providers, where any figure would park ordinary words on a busy day, and two
# robots that answer each other meet the other two. A desk whose customers are firms may add one.
MAIL_BUDGETS = {"recipient": 5, "subject": 10}

# Short wordings that verbs put into messages: code → en, pt, es.
PHRASES = {
    "escalated_manual": (
        "Your case needs deeper expertise in this field.",
        "Seu caso exige um conhecimento mais aprofundado nessa área.",
        "Su caso requiere un conocimiento más profundo en esta área.",
    ),
    "escalated_time": (
        "Solving your case is taking longer than we want, so more experienced colleagues are taking over.",
        "A solução do seu caso está demorando mais do que gostaríamos, e colegas mais experientes assumem agora.",
        "La solución de su caso está tardando más de lo que deseamos, por eso lo asumen colegas con más experiencia.",
    ),
    "escalated_severity": (
        "Given how serious this is, your case goes straight to the team that can solve it fastest.",
        "Pela gravidade da situação, seu caso segue direto para a equipe que pode resolvê-lo mais rápido.",
        "Por la gravedad de la situación, su caso pasa directamente al equipo que puede resolverlo más rápido.",
    ),
    "escalated_security": (
        "Questions about security are handled by our dedicated team only, to protect your account.",
        "Questões de segurança são tratadas apenas pela nossa equipe dedicada, para proteger a sua conta.",
        "Las cuestiones de seguridad las atiende solo nuestro equipo especializado, para proteger su cuenta.",
    ),
    "nothing_goes_along": (
        "Nothing was handed along.",
        "Nada foi enviado junto.",
        "Nada se entregó junto.",
    ),
    "next_update_open": (
        "as soon as there is news",
        "assim que houver novidades",
        "en cuanto haya novedades",
    ),
    "late_update": (
        "We promised you news by this time and are late; we are sorry.",
        "Prometemos novidades até este momento e estamos atrasados; pedimos desculpas.",
        "Le prometimos novedades para este momento y nos hemos retrasado; le pedimos disculpas.",
    ),
    "video_invitation": (
        "A video call was agreed on.",
        "Uma videochamada foi marcada.",
        "Se acordó una videollamada.",
    ),
    "video_moved": (
        "A video call was moved to another time.",
        "Uma videochamada foi remarcada para outro horário.",
        "Una videollamada se cambió a otra hora.",
    ),
    "video_cancelled": (
        "A video call was called off.",
        "Uma videochamada foi cancelada.",
        "Se canceló una videollamada.",
    ),
    "video_reminder": (
        "Your video call begins soon.",
        "A sua videochamada começa em breve.",
        "Su videollamada empieza pronto.",
    ),
    "follow_up_needed": (
        "We will come back to you about this.",
        "Voltaremos a falar com você sobre isso.",
        "Volveremos a ponernos en contacto con usted sobre esto.",
    ),
    "no_follow_up": (
        "Nothing more is needed from you.",
        "Não é preciso fazer mais nada.",
        "No es necesario que haga nada más.",
    ),
}


def guide_rows() -> Iterator[GuideRow]:
    """Channels, quiet hours, budgets, then phrases, then the chat's greeting, then one template a text file."""
    for code, name, kind, availability, response_time, languages in CHANNELS:
        in_business_hours = availability is Availability.BUSINESS_HOURS
        yield GuideRow(
            "communications.Channel",
            {"code": code},
            {
                "name": name,
                "kind": kind,
                "availability": availability,
                "response_time": response_time,
                "is_immediate": response_time is None,
                "call_back_within": CALL_BACK.get(code),
                "remind_before": REMIND.get(code),
                "fallback_rank": FALLBACK_RANK.get(code),
                "languages": languages,
                "calendar": Ref("desk.BusinessCalendar", name=BUSINESS_HOURS) if in_business_hours else None,
            },
        )
    for kind, (starts, ends) in QUIET_HOURS.items():
        yield GuideRow("communications.QuietHours", {"kind": kind}, {"starts": starts, "ends": ends})
    for scope, most in MAIL_BUDGETS.items():
        yield GuideRow("communications.MailBudget", {"scope": scope}, {"most": most, "per": timedelta(hours=1)})
    for code, texts in PHRASES.items():
        for language, text in zip(("en", "pt", "es"), texts, strict=True):
            yield GuideRow("communications.Phrase", {"code": code, "language": language}, {"text": text})
    for language, (subject, body) in CHAT_GREETING.items():
        for severity in Severity.values:
            yield GuideRow(
                "communications.MessageTemplate",
                {
                    "purpose": "initial_response",
                    "severity": severity,
                    "language": language,
                    "channel": "in_app_chat",
                },
                {"subject": subject, "body": body + "\n"},
            )
    for file in sorted(TEXTS.glob("*/*.*.txt")):
        yield _template(file)


def _template(file: Path) -> GuideRow:
    """guide_texts/<purpose>/<severity or any>.<language>.txt: first line 'Subject: …', a blank line, the body."""
    severity, language, _ = file.name.split(".")
    first, _, body = file.read_text(encoding="utf-8").partition("\n")
    return GuideRow(
        "communications.MessageTemplate",
        {
            "purpose": file.parent.name,
            "severity": "" if severity == ANY_SEVERITY else severity,
            "language": language,
            "channel": "",
        },
        {"subject": first.removeprefix("Subject:").strip(), "body": body.strip() + "\n"},
    )
