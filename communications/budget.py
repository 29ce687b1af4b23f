"""How much automatic mail is enough: what is over budget is parked with the reason, and never dropped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from communications.models import Delivery, DeliveryState, MailBudget, Outcome
from communications.models.delivery import domain_of


def over_budget(delivery: Delivery, budgets: Collection[MailBudget], *, at: datetime) -> str:
    """Which budget is used up, in words; empty when ``delivery`` may leave at ``at``.

    Only automatic messages to customers count (``is_budgeted``), and only what was delivered. What somebody released by
    hand leaves. Two workers that send at the same moment may each send the last one of a budget.
    Source: anchors reliability §2c M; design §5 'Inbound' (loop protection that parks and shows).
    """
    if not delivery.is_budgeted:
        return ""
    for budget in budgets:
        sent = _sent(delivery, budget).filter(settled_at__gt=at - budget.per)
        if sent[: budget.most].count() >= budget.most:
            return "" if _was_released(delivery) else f"Over budget: {budget} are sent, and this would be one more."
    return ""


def _sent(delivery: Delivery, budget: MailBudget) -> QuerySet[Delivery]:
    sent = Delivery.objects.filter(is_budgeted=True, state=DeliveryState.DELIVERED).order_by()
    if budget.scope == MailBudget.Scope.SUBJECT:
        message = delivery.message
        return sent.filter(message__about_label=message.about_label, message__about_id=message.about_id)
    sent = sent.alias(domain=domain_of("address")).filter(domain=delivery.address.rpartition("@")[2].lower())
    return sent.filter(address__iexact=delivery.address) if budget.scope == MailBudget.Scope.RECIPIENT else sent


def _was_released(delivery: Delivery) -> bool:
    return delivery.attempt_log.filter(outcome=Outcome.REDRIVEN).exists()
