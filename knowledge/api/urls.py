"""The doors of knowledge, below /api/v1/."""

from django.urls import path

from knowledge.api import duties, feedback, files, revisions, runbooks, trains, transfer
from knowledge.api.articles import ArticlesView, ArticleView, SearchView, SuggestView
from knowledge.api.releases import ReleasesView

urlpatterns = [
    path("articles/", ArticlesView.as_view()),
    path("articles/search/", SearchView.as_view()),
    path("articles/suggest/", SuggestView.as_view()),
    path("articles/feedback/", feedback.FeedbacksView.as_view()),
    path("articles/feedback/<int:number>/", feedback.FeedbackView.as_view()),
    path("articles/feedback/<int:number>/answer/", feedback.AnswerView.as_view()),
    path("articles/feedback/<int:number>/merge/", feedback.MergeView.as_view()),
    path("articles/feedback/<int:number>/link/", feedback.LinkView.as_view()),
    path("articles/<int:number>/vote/", feedback.VoteView.as_view()),
    path("articles/import/", transfer.ImportView.as_view()),
    path("articles/export/", transfer.ExportView.as_view()),
    path("articles/<int:number>/", ArticleView.as_view()),
    path("articles/<int:number>/check/", duties.CheckView.as_view()),
    path("articles/<int:number>/retire/", duties.RetireView.as_view()),
    path("articles/<int:number>/restore/", duties.RestoreView.as_view()),
    path("articles/<int:number>/files/", files.FilesView.as_view()),
    path("articles/<int:number>/learning/", files.LearningView.as_view()),
    path("articles/files/<int:number>/", files.FileView.as_view()),
    path("articles/learning/<int:number>/remove/", files.RemoveLearningView.as_view()),
    path("revisions/", revisions.RevisionsView.as_view()),
    path("revisions/<int:number>/", revisions.RevisionView.as_view()),
    path("revisions/<int:number>/submit/", revisions.SubmitView.as_view()),
    path("revisions/<int:number>/review/", revisions.ReviewView.as_view()),
    path("revisions/<int:number>/checks/", revisions.ChecksView.as_view()),
    path("revisions/<int:number>/approve/", revisions.ApproveView.as_view()),
    path("revisions/<int:number>/publish/", revisions.PublishView.as_view()),
    path("revisions/<int:number>/discard/", revisions.DiscardView.as_view()),
    path("revisions/<int:number>/impact/", feedback.ImpactView.as_view()),
    path("runbooks/", runbooks.RunbooksView.as_view()),
    path("runbooks/<int:number>/", runbooks.RunbookView.as_view()),
    path("runbooks/<int:number>/begin/", runbooks.BeginView.as_view()),
    path("runbooks/<int:number>/submit/", runbooks.SubmitView.as_view()),
    path("runbooks/<int:number>/review/", runbooks.ReviewView.as_view()),
    path("runbooks/<int:number>/approve/", runbooks.ApproveView.as_view()),
    path("runbooks/<int:number>/discard/", runbooks.DiscardView.as_view()),
    path("runbooks/<int:number>/retire/", runbooks.RetireView.as_view()),
    path("runbooks/<int:number>/restore/", runbooks.RestoreView.as_view()),
    path("trains/", trains.TrainsView.as_view()),
    path("trains/<int:number>/", trains.TrainView.as_view()),
    path("trains/<int:number>/depart/", trains.DepartView.as_view()),
    path("trains/carriages/<int:number>/return/", trains.ReturnView.as_view()),
    path("releases/", ReleasesView.as_view()),
]
