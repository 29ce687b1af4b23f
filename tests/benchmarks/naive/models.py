"""What a tutorial would model: a ticket, its replies with their files, its promises, its resolutions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

SEVERITIES = [(word, word) for word in ("critical", "high", "medium", "low")]
STATUSES = [(word, word) for word in ("new", "open", "on_hold", "resolved", "closed")]


class Customer(models.Model):
    name = models.CharField(max_length=200)
    email = models.EmailField()
    history = HistoricalRecords()


class Ticket(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT)
    subject = models.CharField(max_length=250)
    description = models.TextField()
    severity = models.CharField(max_length=10, choices=SEVERITIES)
    status = models.CharField(max_length=10, choices=STATUSES, default="new")
    tier = models.SmallIntegerField(default=1)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-created_at"]


class Reply(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    is_internal = models.BooleanField(default=False)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()


class Attachment(models.Model):
    reply = models.ForeignKey(Reply, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    size = models.IntegerField()


class Deadline(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=40)
    target = models.DurationField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    history = HistoricalRecords()


class Resolution(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="resolutions")
    summary = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
