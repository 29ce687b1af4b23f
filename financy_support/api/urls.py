"""The doors that no app owns, below /api/v1/: people, and the API's own description."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from financy_support.api.description import DescriptionView
from financy_support.api.people.views import CustomersView, CustomerView, OrganisationsView, OrganisationView

OPEN: dict[str, Any] = {"permission_classes": [AllowAny], "authentication_classes": [], "throttle_classes": []}

urlpatterns = [
    path("customers/", CustomersView.as_view()),
    path("customers/<int:number>/", CustomerView.as_view()),
    path("organisations/", OrganisationsView.as_view()),
    path("organisations/<int:number>/", OrganisationView.as_view()),
    path("schema/", DescriptionView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(**OPEN, url_name="schema"), name="docs"),
]
