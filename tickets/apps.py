"""Tickets: a customer's question, from asked to answered."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.news import register_events
        from communications.purposes import register_purposes
        from communications.signals import address_bounced, delivery_failed, delivery_parked
        from financy_support.desk.audit.maintenance import customer_erased
        from financy_support.desk.subjects import register_subject
        from financy_support.desk.time.deadline_handlers import handles
        from knowledge.issue_types import register_issue_types
        from tickets.deadline_handlers import (
            promised_update_is_late,
            time_in_tier_is_over,
            video_call_is_near,
            words_stayed_unread,
        )
        from tickets.handlers import end_tickets, note_bounce, note_failed_delivery, note_parked_delivery, remove_files
        from tickets.models import ChatDeadline, DeadlineKind, IssueType, PortalLink, Ticket, TicketDeadline
        from tickets.news import TicketNews
        from tickets.purposes import PURPOSES

        register_purposes(*PURPOSES)
        register_events({news.value: news.label for news in TicketNews})
        register_issue_types(lambda: dict(IssueType.objects.values_list("code", "name")))
        register_subject(Ticket, Ticket.objects.visible_to)
        register_subject(PortalLink, PortalLink.objects.visible_to)
        handles(TicketDeadline, DeadlineKind.TIME_IN_TIER, time_in_tier_is_over)
        handles(ChatDeadline, ChatDeadline.UNREAD, words_stayed_unread)
        handles(TicketDeadline, DeadlineKind.PROGRESS_UPDATE, promised_update_is_late)
        handles(TicketDeadline, DeadlineKind.VIDEO_CALL, video_call_is_near)
        customer_erased.connect(end_tickets, dispatch_uid="tickets.end_tickets")
        customer_erased.connect(remove_files, dispatch_uid="tickets.remove_files")
        address_bounced.connect(note_bounce, dispatch_uid="tickets.note_bounce")
        delivery_failed.connect(note_failed_delivery, dispatch_uid="tickets.note_failed_delivery")
        delivery_parked.connect(note_parked_delivery, dispatch_uid="tickets.note_parked_delivery")
