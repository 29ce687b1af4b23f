"""The doors of messages, below /api/v1/."""

from django.urls import path

from communications.api.views import MessagesView, MessageView

urlpatterns = [
    path("messages/", MessagesView.as_view()),
    path("messages/<int:number>/", MessageView.as_view()),
]
