"""One ModelViewSet with nested serializers."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from tests.benchmarks.naive.models import Attachment, Customer, Deadline, Reply, Resolution, Ticket


class CustomerShown(serializers.ModelSerializer[Customer]):
    class Meta:
        model = Customer
        fields = ["id", "name", "email"]


class AttachmentShown(serializers.ModelSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ["id", "name", "size"]


class ReplyShown(serializers.ModelSerializer[Reply]):
    author = serializers.CharField(source="author.username")
    author_email = serializers.CharField(source="author.email")
    attachments = AttachmentShown(many=True)

    class Meta:
        model = Reply
        fields = ["id", "author", "author_email", "is_internal", "body", "created_at", "attachments"]


class DeadlineShown(serializers.ModelSerializer[Deadline]):
    class Meta:
        model = Deadline
        fields = ["kind", "target", "started_at", "due_at", "met_at", "breached_at"]


class ResolutionShown(serializers.ModelSerializer[Resolution]):
    class Meta:
        model = Resolution
        fields = ["summary", "created_at"]


class TicketShown(serializers.ModelSerializer[Ticket]):
    customer = CustomerShown()
    assignee = serializers.CharField(source="assignee.email", default=None)
    replies = ReplyShown(many=True)
    deadlines = DeadlineShown(many=True)
    resolutions = ResolutionShown(many=True)

    class Meta:
        model = Ticket
        fields = "__all__"


class Tickets(viewsets.ModelViewSet[Any]):
    queryset = Ticket.objects.select_related("customer", "assignee").prefetch_related(
        "replies__author", "replies__attachments", "deadlines", "resolutions"
    )
    serializer_class = TicketShown


router = routers.DefaultRouter()
router.register("tickets", Tickets)
urlpatterns = [path("api/", include(router.urls))]
