"""The doors of the help centre."""

from django.urls import path, register_converter

from knowledge.help_centre.feed import feed
from knowledge.help_centre.files import article_file
from knowledge.help_centre.opinions import feedback_page, vote_page
from knowledge.help_centre.pages import article, browse, home, old_address, search, suggest
from knowledge.help_centre.sitemap import sitemap


class LanguageConverter:
    """en, pt, es; anything else is no address of the help centre."""

    regex = "en|pt|es"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LanguageConverter, "language")

urlpatterns = [
    path("help/", home, name="help"),
    path("help/sitemap.xml", sitemap, name="help-sitemap"),
    path("help/from/<path:rest>", old_address, name="help-from"),
    path("hc/<path:rest>", old_address),
    path("help/<language:language>/", browse, name="help-browse"),
    path("help/<language:language>/feed.atom", feed, name="help-feed"),
    path("help/<language:language>/search/", search, name="help-search"),
    path("help/<language:language>/suggest/", suggest, name="help-suggest"),
    path("help/<language:language>/<slug:slug>/", article, name="help-article"),
    path("help/<language:language>/<slug:slug>/vote/", vote_page, name="help-vote"),
    path("help/<language:language>/<slug:slug>/feedback/", feedback_page, name="help-feedback"),
    path("help/<language:language>/<slug:slug>/files/<str:name>", article_file, name="help-file"),
]
