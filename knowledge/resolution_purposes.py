"""What a customer is told when a runbook resolved their issue: every field that the procedure has written down."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from communications.purposes import Purpose

ABOUT: dict[str, str | Mapping[str, str]] = {
    "reference": "FIN-000123",
    "subject": {"en": "I cannot log in", "pt": "Não consigo entrar", "es": "No puedo entrar"},
    "satisfaction_survey_link": "https://desk.example/survey/…/",
}


def _resolution(code: str, name: object, **fields: str | Mapping[str, str]) -> Purpose:
    """All fields of the procedure, its ticket's number and the way to say how it went are required."""
    required = frozenset({"reference", "satisfaction_survey_link", *fields})
    return Purpose(code, name, {**ABOUT, **fields}, required)


# Handbook 'Customer Issue Resolution': resolution_documentation, the five required_fields of each of its templates.
RESOLUTION_PURPOSES = (
    _resolution(
        "authentication_resolution_template",
        _("resolution of authentication problems"),
        root_cause_identified={
            "en": "Your account was locked after several wrong passwords.",
            "pt": "A sua conta foi bloqueada depois de várias senhas erradas.",
            "es": "Su cuenta se bloqueó tras varias contraseñas incorrectas.",
        },
        steps_taken={
            "en": "We checked your account and sent you a new link.",
            "pt": "Verificamos a sua conta e enviamos um novo link.",
            "es": "Revisamos su cuenta y le enviamos un enlace nuevo.",
        },
        resolution_applied={
            "en": "The lock is gone and you have a new password.",
            "pt": "O bloqueio foi retirado e você tem uma nova senha.",
            "es": "El bloqueo se retiró y usted tiene una contraseña nueva.",
        },
        customer_satisfaction={
            "en": "You told us that you can log in again.",
            "pt": "Você nos disse que já consegue entrar.",
            "es": "Usted nos dijo que ya puede entrar.",
        },
        follow_up_required={
            "en": "Nothing more is needed from you.",
            "pt": "Não é preciso fazer mais nada.",
            "es": "No es necesario que haga nada más.",
        },
    ),
    _resolution(
        "transaction_resolution_template",
        _("resolution of transaction processing errors"),
        transaction_id="TX-2048",
        error_analysis={
            "en": "The bank's answer came too late, so the payment was marked as failed.",
            "pt": "A resposta do banco chegou tarde e o pagamento foi marcado como recusado.",
            "es": "La respuesta del banco llegó tarde y el pago se marcó como fallido.",
        },
        resolution_steps={
            "en": "We ran the payment again, and the bank took it.",
            "pt": "Processamos o pagamento de novo e o banco aceitou.",
            "es": "Procesamos el pago de nuevo y el banco lo aceptó.",
        },
        data_integrity_verified={
            "en": "We checked that your balance is right and nothing was charged twice.",
            "pt": "Conferimos que o seu saldo está certo e nada foi cobrado duas vezes.",
            "es": "Comprobamos que su saldo es correcto y que nada se cobró dos veces.",
        },
        customer_notification_sent={
            "en": "November 25, 2026, 10:00:00 AM GMT-3",
            "pt": "25 de novembro de 2026 10:00:00 GMT-3",
            "es": "25 de noviembre de 2026, 10:00:00 GMT-3",
        },
    ),
)
