"""The doors of knowledge, below /api/v1/."""

from django.urls import path

from knowledge.api.articles import ArticlesView, ArticleView, SearchView
from knowledge.api.releases import ReleasesView

urlpatterns = [
    path("articles/", ArticlesView.as_view()),
    path("articles/search/", SearchView.as_view()),
    path("articles/<int:number>/", ArticleView.as_view()),
    path("releases/", ReleasesView.as_view()),
]
