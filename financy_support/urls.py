"""The only list of doors."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path, re_path
from django.views import defaults
from django.views.generic import RedirectView

from financy_support import health, metrics
from financy_support.api import problems
from knowledge.help_centre.pages import missing
from tickets.contact_page import contact_page
from tickets.survey_page import survey_page
from tickets.widget import chat_page

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("tickets.api.urls")),
    path("api/v1/", include("communications.api.urls")),
    path("api/v1/", include("knowledge.api.urls")),
    path("api/v1/", include("financy_support.api.urls")),
    re_path(r"^help/(?P<language>en|pt|es)/contact/$", contact_page, name="help-contact"),
    path("", include("tickets.portal.urls")),
    path("", include("knowledge.help_centre.urls")),
    path("chat/", chat_page, name="chat"),
    path("", include("communications.callbacks")),
    path("", include("communications.mail_news")),
    path("survey/<str:token>/", survey_page, name="survey"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A problem document under /api/, a page elsewhere."""
    return (problems.bad_request_page if _is_api(request) else defaults.bad_request)(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A problem document under /api/, a page of the help centre under /help/, a bare one elsewhere."""
    if request.path_info.startswith("/help/"):
        return missing(request)
    return (problems.not_found_page if _is_api(request) else defaults.page_not_found)(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """A problem document under /api/, a page elsewhere."""
    return (problems.server_error_page if _is_api(request) else defaults.server_error)(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


handler400 = "financy_support.urls.bad_request"
handler404 = "financy_support.urls.not_found"
handler500 = "financy_support.urls.server_error"
