"""The doors of messages, below /api/v1/."""

from django.urls import path

from communications.api.inbound import InboundMailView
from communications.api.views import MessagesView, MessageView

urlpatterns = [
    path("inbound/mail/", InboundMailView.as_view()),
    path("messages/", MessagesView.as_view()),
    path("messages/<int:number>/", MessageView.as_view()),
]
