"""The doors of the portal; they stand before those of the help centre's articles."""

from django.urls import path

from knowledge.help_centre.urls import LanguageConverter  # noqa: F401  its import registers <language:…>
from tickets.portal.pages import file_page, request_page, requests_page
from tickets.portal.sign_in_pages import link_page, sign_out_page

urlpatterns = [
    path("help/<language:language>/requests/", requests_page, name="help-requests"),
    path("help/<language:language>/requests/link/<str:token>/", link_page, name="help-requests-link"),
    path("help/<language:language>/requests/sign-out/", sign_out_page, name="help-requests-sign-out"),
    path("help/<language:language>/requests/<str:reference>/", request_page, name="help-request"),
    path("help/<language:language>/requests/<str:reference>/files/<int:number>/", file_page, name="help-request-file"),
]
