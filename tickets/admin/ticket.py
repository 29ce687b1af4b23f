"""The queue and the ticket page: where agents spend the day. Every change is a verb's; there is no edit form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Value
from django.db.models.functions import Lower
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from financy_support.admin_base import ChoicesDropdownFilter, DeskAdmin, RelatedDropdownFilter, Who, person
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Conflict, DeskError
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm
from tickets.admin.live import LiveConversation
from tickets.admin.page import ABOUT, last_said_by_staff, page_of, ticket_acts
from tickets.admin.queue import VIEWS, QueueView, TierFilter, chosen_view, rows_shown
from tickets.admin.verbs import FORMS, WORDS
from tickets.download import attachment_answer
from tickets.models import Ticket
from tickets.models.ticket import pk_of
from tickets.reply_guard import DOUBTS, NeedsConfirmation

ORDERS = {"due": "1", "age": "2"}  # places in list_display


class Rehearsed(Exception):
    """Ends a rehearsal: rolls it back and brings home what the customer would have got."""

    def __init__(self, message: Message | None) -> None:
        super().__init__()
        self.message = message


@admin.register(Ticket)
class TicketAdmin(LiveConversation, DeskAdmin):  # type: ignore[misc]  # unfold's own bases disagree
    """Tickets in the agent's scope, by next due time."""

    seen_by = Who.AGENTS
    list_display = ("due", "age")  # what can be sorted by; the table itself is tickets/queue.html
    list_select_related = ("customer", "tier", "team", "assignee")
    list_filter = (
        QueueView,
        ("status", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        TierFilter,
        ("team", RelatedDropdownFilter),
        ("language", ChoicesDropdownFilter),
        ("category", RelatedDropdownFilter),
    )
    list_before_template: Any = "admin/tickets/ticket/views.html"
    search_fields = ("subject",)  # shows the box; get_search_results does the finding
    search_help_text = gettext_lazy("Reference (FIN-000123), a customer's e-mail, or words")
    list_fullwidth = True
    actions_on_top = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Each row carries the moment it was looked at, so that all of a page are judged by one clock."""
        at = Value(timezone.now(), output_field=DateTimeField())
        return super().get_queryset(request).annotate(looked_at=at)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Live ones by next due time, from one index; a search and old tickets by age, newest first."""
        return ("-id",) if chosen_view(request).name == "all" else ("next_due_at", "id")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By reference, by the customer's e-mail, or by words through the index of words."""
        term = search_term.strip()
        if not term:
            return queryset, False
        number = pk_of(term)
        if number is not None:
            return queryset.filter(pk=number), False
        if "@" in term and " " not in term:
            customers = Customer.objects.annotate(key=Lower("email")).filter(key=term.lower())
            return queryset.filter(customer__in=customers.values("pk")), False
        return queryset.saying(term, by_staff=True), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        view, kept = chosen_view(request), _narrowing(request)
        extra = {"title": _("Tickets"), "views": [(one, f"?{_with(kept, one.name)}", one is view) for one in VIEWS]}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list knows its view, so that an empty one can say what to do next, and its rows as they are shown."""
        changelist: Any = super().get_changelist_instance(request)
        changelist.desk_view, changelist.is_narrowed = chosen_view(request), bool(_narrowing(request))
        changelist.rows = rows_shown(list(changelist.result_list))
        changelist.orders = {name: changelist.get_query_string({"o": order}, ["p"]) for name, order in ORDERS.items()}
        return changelist

    @admin.display(description=gettext_lazy("Due"), ordering="next_due_at")
    def due(self, ticket: Any) -> Any:
        return ticket.next_due_at

    @admin.display(description=gettext_lazy("Age"), ordering="-id")
    def age(self, ticket: Any) -> Any:
        return ticket.created_at

    # ——— The ticket page ———

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The page; it is only read here, each verb has an address of its own."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if object_id is None:
            raise PermissionDenied
        return self.show(request, self.find(request, object_id))

    def do_verb(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponseBase:
        """Call one verb with what was typed; a refusal shows the page again with every word kept."""
        if verb not in FORMS:
            raise Http404
        ticket = self.find(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(self.address(ticket))
        try:
            with self.act(request) as act:
                form = FORMS[verb](request.POST, request.FILES, ticket=ticket, user=person(request))
                if form.is_valid():
                    return self._call(request, form, act)
        except DeskError as refusal:
            form.refuse(refusal)
            return self.show(request, self.find(request, object_id), refused=form, status=refusal.status)
        return self.show(request, ticket, refused=form, status=400)

    def preview(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponseBase:
        """What the customer would get: the verb itself is run, its message read, and all of it rolled back."""
        form_class = FORMS.get(verb)
        if form_class is None or not form_class.is_heard:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        ticket = self.find(request, object_id)
        try:
            with self.act(request, reason="rehearsal") as act:
                form = form_class(request.POST, ticket=ticket, user=person(request))
                if form.is_valid():
                    before = _last_message(ticket)
                    _call_in_spite_of_doubts(form, by=person(request), at=act.at)
                    message = _last_message(ticket)
                    raise Rehearsed(message if message != before else None)
        except Rehearsed as rehearsed:
            doubts = [one.detail for one in form.doubts]
            return JsonResponse({**_as_received(rehearsed.message), "doubts": doubts})
        except DeskError as refusal:
            form.refuse(refusal)
        return JsonResponse({"errors": [str(one) for found in form.errors.values() for one in found]})

    def download(self, request: HttpRequest, object_id: str, number: int) -> HttpResponseBase:
        """One file; knowing its address is not enough."""
        return attachment_answer(self.find(request, object_id), number)

    def show(self, request: HttpRequest, ticket: Ticket, *, refused: Any = None, status: int = 200) -> TemplateResponse:
        """The page as a whole, read in one act, so that the policy in force is known."""
        user = person(request)
        with self.act(request) as act:
            page = page_of(ticket, user=user, at=act.at, refused=refused, everything="all" in request.GET)
        context = {
            **self.admin_site.each_context(request),
            **page,
            "title": ticket.reference,
            "opts": self.opts,
            "original": ticket,
            "zone": timezone.get_current_timezone_name(),
            "is_mine": ticket.assignee_id == user.pk,
            "refused": refused,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "tickets/ticket.html", context, status=status)

    def find(self, request: HttpRequest, object_id: str) -> Ticket:
        """The ticket in the agent's scope. Missing and foreign ones answer alike."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        rows = self.get_queryset(request).select_related(
            "customer__organisation", "category", "issue_type", "tier", "team", "assignee", "opened_by"
        )
        ticket: Ticket | None = rows.filter(pk=object_id).first()
        if ticket is None:
            raise Http404
        return ticket

    def address(self, ticket: Ticket) -> str:
        return reverse("admin:tickets_ticket_change", args=[ticket.pk])

    def after(self, request: HttpRequest, ticket: Ticket, verb: str) -> str:
        """Back to the ticket, or to the queue when the verb took it out of the agent's sight."""
        if self.get_queryset(request).filter(pk=ticket.pk).exists():
            return f"{self.address(ticket)}?done={verb}"
        return reverse("admin:tickets_ticket_changelist")

    def get_acts(self, request: HttpRequest, record: Any) -> list[Any]:
        """The whole story: the ticket, its promises, its escalations."""
        deadlines, escalations = list(record.deadlines.only("pk")), list(record.escalations.only("pk"))
        return ticket_acts(record, deadlines, escalations, limit=500)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<str:object_id>/do/<slug:verb>/", view(self.do_verb), name="tickets_ticket_do"),
            path("<str:object_id>/preview/<slug:verb>/", view(self.preview), name="tickets_ticket_preview"),
            path("<str:object_id>/files/<int:number>/", view(self.download), name="tickets_ticket_file"),
            *self.live_urls(),
            *super().get_urls(),
        ]

    def _call(self, request: HttpRequest, form: VerbForm, act: Act) -> HttpResponseBase:
        if type(form) in WORDS:
            _require_read(form.ticket, request.POST.get("seen", ""))
        with self.act(request, reason=form.reason_given):
            done = form.call(by=act.by, at=act.at)
        messages.success(request, done)
        return HttpResponseRedirect(self.after(request, form.ticket, form.verb))


def _call_in_spite_of_doubts(form: VerbForm, *, by: User, at: datetime) -> None:
    """A rehearsal shows what would be asked beside what would be sent."""
    try:
        form.call(by=by, at=at)
    except NeedsConfirmation as refusal:
        form.refuse(refusal)
        form.confirmed = list(DOUBTS)
        form.call(by=by, at=at)


def _require_read(ticket: Ticket, seen: str) -> None:
    """Words written to an older page wait until their writer has seen what the team said in between, or sent twice.

    What the customer said in between is the reply guard's to ask about.
    """
    Ticket.objects.select_for_update().only("pk").get(pk=ticket.pk)  # in scope: the page was read from it
    if not (seen.isdecimal() and int(seen) >= last_said_by_staff(ticket)):
        raise Conflict(
            _("Something was said on this ticket since you opened it. Read it in the conversation, then send again."),
            code="unread",
        )


def _last_message(ticket: Ticket) -> Message | None:
    """The newest that the customer gets; the team's own notices are not rehearsed."""
    heard = Message.objects.filter(about_label=ABOUT, about_id=ticket.pk, customer__isnull=False)
    return heard.select_related("customer").order_by("-id").first()


def _as_received(message: Message | None) -> dict[str, Any]:
    if message is None:
        return {"errors": [_("The customer would get no message.")]}
    return {
        "to": f"{message.customer} <{message.customer.email}>" if message.customer else "",
        "channel": message.channel,
        "language": message.get_language_display(),
        "subject": message.subject,
        "body": message.body,
        "errors": [],
    }


def _narrowing(request: HttpRequest) -> QueryDict:
    """Search and filters, without view, page and order."""
    kept = request.GET.copy()
    for name in ("view", "p", "o", "e"):
        kept.pop(name, None)
    return kept


def _with(kept: QueryDict, view: str) -> str:
    address = kept.copy()
    address["view"] = view
    return address.urlencode()
