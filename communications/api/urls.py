"""The doors of messages, below /api/v1/."""

from django.urls import path

from communications.api.deliveries import DeliveriesView, DeliveryView, ResendDeliveryView
from communications.api.inbound import InboundMailView
from communications.api.views import MessagesView, MessageView
from communications.api.webhooks import (
    RecoverView,
    ResendView,
    RotateView,
    TestView,
    WebhookDeliveriesView,
    WebhooksView,
    WebhookView,
)

urlpatterns = [
    path("inbound/mail/", InboundMailView.as_view()),
    path("deliveries/", DeliveriesView.as_view()),
    path("deliveries/<int:number>/", DeliveryView.as_view()),
    path("deliveries/<int:number>/resend/", ResendDeliveryView.as_view()),
    path("webhooks/", WebhooksView.as_view()),
    path("webhooks/<int:number>/", WebhookView.as_view()),
    path("webhooks/<int:number>/rotate/", RotateView.as_view()),
    path("webhooks/<int:number>/test/", TestView.as_view()),
    path("webhooks/<int:number>/recover/", RecoverView.as_view()),
    path("webhooks/<int:number>/deliveries/", WebhookDeliveriesView.as_view()),
    path("webhooks/deliveries/<int:number>/resend/", ResendView.as_view()),
    path("messages/", MessagesView.as_view()),
    path("messages/<int:number>/", MessageView.as_view()),
]
