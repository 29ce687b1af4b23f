"""What tickets say, purpose by purpose: which facts each message brings, with examples for the templates' preview."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from communications.purposes import Purpose

ABOUT_TICKET: dict[str, str | Mapping[str, str]] = {
    "reference": "FIN-000123",
    "subject": {
        "en": "Card not accepted abroad",
        "pt": "Cartão recusado no exterior",
        "es": "Tarjeta rechazada en el extranjero",
    },
}
TO_CUSTOMERS = {"request_link": "https://support.example.com/help/en/requests/FIN-000123/"}
SIGN_IN_LINK = "sign_in_link"


def _purpose(code: str, name: object, *, is_to_staff: bool = False, **facts: str | Mapping[str, str]) -> Purpose:
    """A message about a ticket must name its reference and say all that its own facts say."""
    required = frozenset({"reference", *facts})
    known = ABOUT_TICKET if is_to_staff else {**ABOUT_TICKET, **TO_CUSTOMERS}
    return Purpose(code, name, {**known, **facts}, required, is_to_staff)


STARTS = {
    "en": "November 25, 2026, 10:00:00 AM GMT-3",
    "pt": "25 de novembro de 2026 10:00:00 GMT-3",
    "es": "25 de noviembre de 2026, 10:00:00 GMT-3",
}
ENDS = {language: moment.replace("10:00:00", "10:30:00") for language, moment in STARTS.items()}
LINK = "https://meet.example/financy"

PURPOSES = (
    _purpose(
        "initial_response",
        _("initial response"),
        expected_response_time={"en": "2 hours", "pt": "2 horas", "es": "2 horas"},
    ),
    _purpose(
        "mail_received",
        _("acknowledgement of a mail"),
        expected_response_time={"en": "2 hours", "pt": "2 horas", "es": "2 horas"},
    ),
    _purpose(
        "progress_update",
        _("progress update"),
        progress_details={
            "en": "We found the transaction that was declined.",
            "pt": "Encontramos a transação que foi recusada.",
            "es": "Encontramos la transacción que fue rechazada.",
        },
        next_steps={
            "en": "We are asking the card network for the reason.",
            "pt": "Estamos perguntando o motivo à bandeira do cartão.",
            "es": "Estamos preguntando el motivo a la red de la tarjeta.",
        },
        estimated_resolution={
            "en": "November 24, 2026, 6:00:00 PM GMT-3",
            "pt": "24 de novembro de 2026 18:00:00 GMT-3",
            "es": "24 de noviembre de 2026, 18:00:00 GMT-3",
        },
        next_update={
            "en": "November 24, 2026, 9:00:00 AM GMT-3",
            "pt": "24 de novembro de 2026 09:00:00 GMT-3",
            "es": "24 de noviembre de 2026, 9:00:00 GMT-3",
        },
    ),
    _purpose(
        "escalation_notification",
        _("escalation notification"),
        escalation_reason={
            "en": "Your case needs deeper expertise in this field.",
            "pt": "Seu caso exige um conhecimento mais aprofundado nessa área.",
            "es": "Su caso requiere un conocimiento más profundo en esta área.",
        },
        new_team={"en": "Engineering", "pt": "Engenharia", "es": "Ingeniería"},
        expected_expertise={
            "en": "complex technical problems",
            "pt": "problemas técnicos complexos",
            "es": "problemas técnicos complejos",
        },
        updated_timeline={"en": "8 hours", "pt": "8 horas", "es": "8 horas"},
    ),
    _purpose(
        "escalation_internal",
        _("escalation, to the receiving team"),
        is_to_staff=True,
        severity="high",
        from_team="Customer Support",
        new_team="Engineering",
        trigger="Complex technical requirements",
        escalation_reason="The log of the gateway shows a time-out.",
        handoff="Steps tried: cleared the cache",
        ticket_link="https://desk.example/admin/tickets/ticket/123/change/",
    ),
    _purpose(
        "resolution_notification",
        _("resolution notification"),
        resolution_summary={
            "en": "The card was blocked for use abroad.",
            "pt": "O cartão estava bloqueado para uso no exterior.",
            "es": "La tarjeta estaba bloqueada para su uso en el extranjero.",
        },
        actions_taken={
            "en": "We lifted the block.",
            "pt": "Retiramos o bloqueio.",
            "es": "Retiramos el bloqueo.",
        },
        prevention_measures={
            "en": "The app now asks before a journey.",
            "pt": "O aplicativo agora pergunta antes de uma viagem.",
            "es": "La aplicación ahora pregunta antes de un viaje.",
        },
        follow_up_required={
            "en": "Nothing more is needed from you.",
            "pt": "Não é preciso fazer mais nada.",
            "es": "No es necesario que haga nada más.",
        },
        satisfaction_survey_link="https://desk.example/survey/…/",
    ),
    _purpose(
        "agent_reply",
        _("agent's reply"),
        reply_body={
            "en": "Which country were you in when the card was declined?",
            "pt": "Em que país você estava quando o cartão foi recusado?",
            "es": "¿En qué país estaba cuando la tarjeta fue rechazada?",
        },
    ),
    _purpose(
        "chat_unread",
        _("unread words of a chat"),
        unread_lines={
            "en": "Tom:\nWhich country were you in?",
            "pt": "Tom:\nEm que país você estava?",
            "es": "Tom:\n¿En qué país estaba?",
        },
    ),
    *(
        _purpose(code, name, starts_at=STARTS, agent_name="Tom", **more)
        for code, name, more in (
            ("video_invitation", _("invitation to a video call"), {"ends_at": ENDS, "join_link": LINK}),
            ("video_moved", _("video call moved"), {"ends_at": ENDS, "join_link": LINK}),
            ("video_cancelled", _("video call called off"), {}),
            ("video_reminder", _("reminder of a video call"), {"join_link": LINK}),
        )
    ),
    _purpose(
        "video_agent_notice",
        _("video call, to the agent"),
        is_to_staff=True,
        news={
            "en": "A video call was agreed on.",
            "pt": "Uma videochamada foi marcada.",
            "es": "Se acordó una videollamada.",
        },
        starts_at=STARTS,
        customer="Ana Souza",
        join_link=LINK,
    ),
    Purpose(
        SIGN_IN_LINK,
        _("link to sign in"),
        facts={
            "sign_in_link": "https://support.example.com/help/en/requests/link/…/",
            "good_for": {"en": "30 minutes", "pt": "30 minutos", "es": "30 minutos"},
        },
        required=frozenset({"sign_in_link", "good_for"}),
    ),
)
