"""The doors of tickets, below /api/v1/."""

from django.urls import path

from tickets.api.views import TicketsView, TicketView
from tickets.api.views_after import CompleteFollowUpView, FollowUpsView, RateView
from tickets.api.views_calls import CallsView, TicketCallsView
from tickets.api.views_chat import (
    AvailabilityView,
    ChatLinesView,
    ChatView,
    OwnReadView,
    OwnStreamView,
    OwnTypingView,
    ReadView,
    StartChatView,
    StartVisitorChatView,
    StreamTokenView,
    TypingView,
)
from tickets.api.views_story import ArticlesView, DeadlinesView, EscalationsView, HistoryView
from tickets.api.views_verbs import (
    AssignView,
    CloseView,
    EscalateView,
    HoldView,
    ProgressView,
    ReopenView,
    ResolveView,
    ResumeView,
    SeverityView,
)
from tickets.api.views_video import CancelView, FinishView, RescheduleView, VideoCallsView
from tickets.api.views_words import AttachmentsView, AttachmentView, NotesView, RepliesView

ONE = "tickets/<str:reference>/"

urlpatterns = [
    path("tickets/", TicketsView.as_view()),
    path(ONE, TicketView.as_view()),
    path(f"{ONE}replies/", RepliesView.as_view()),
    path(f"{ONE}notes/", NotesView.as_view()),
    path(f"{ONE}attachments/", AttachmentsView.as_view()),
    path(f"{ONE}attachments/<int:number>/", AttachmentView.as_view()),
    path("calls/", CallsView.as_view()),
    path(f"{ONE}calls/", TicketCallsView.as_view()),
    path(f"{ONE}video-calls/", VideoCallsView.as_view()),
    path(f"{ONE}video-calls/<int:number>/reschedule/", RescheduleView.as_view()),
    path(f"{ONE}video-calls/<int:number>/cancel/", CancelView.as_view()),
    path(f"{ONE}video-calls/<int:number>/finish/", FinishView.as_view()),
    path(f"{ONE}assign/", AssignView.as_view()),
    path(f"{ONE}hold/", HoldView.as_view()),
    path(f"{ONE}resume/", ResumeView.as_view()),
    path(f"{ONE}severity/", SeverityView.as_view()),
    path(f"{ONE}escalate/", EscalateView.as_view()),
    path(f"{ONE}progress/", ProgressView.as_view()),
    path(f"{ONE}resolve/", ResolveView.as_view()),
    path(f"{ONE}reopen/", ReopenView.as_view()),
    path(f"{ONE}close/", CloseView.as_view()),
    path(f"{ONE}rate/", RateView.as_view()),
    path(f"{ONE}follow-ups/", FollowUpsView.as_view()),
    path(f"{ONE}follow-ups/<int:number>/complete/", CompleteFollowUpView.as_view()),
    path(f"{ONE}articles/", ArticlesView.as_view()),
    path(f"{ONE}deadlines/", DeadlinesView.as_view()),
    path(f"{ONE}escalations/", EscalationsView.as_view()),
    path(f"{ONE}history/", HistoryView.as_view()),
    path(f"{ONE}stream-token/", StreamTokenView.as_view()),
    path(f"{ONE}read/", ReadView.as_view()),
    path(f"{ONE}typing/", TypingView.as_view()),
    path("chat/", ChatView.as_view()),
    path("chat/lines/", ChatLinesView.as_view()),
    path("chat/stream-token/", OwnStreamView.as_view()),
    path("chat/read/", OwnReadView.as_view()),
    path("chat/typing/", OwnTypingView.as_view()),
    path("chat/sessions/", StartChatView.as_view()),
    path("chat/visitors/", StartVisitorChatView.as_view()),
    path("chat/availability/", AvailabilityView.as_view()),
]
