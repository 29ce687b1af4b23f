"""What editors write, review, publish and keep true; one concept a file."""

from knowledge.models.article import Article, ArticleTag, Tag
from knowledge.models.assignment import Assignment, AssignmentDeadline, AssignmentKind
from knowledge.models.category import Audience, Category, Rhythm
from knowledge.models.check import Check, CheckKind
from knowledge.models.deadline import ArticleDeadline, ArticleDuty
from knowledge.models.expert import Expert
from knowledge.models.feedback import Feedback, FeedbackDeadline, FeedbackKind, FeedbackState, Vote
from knowledge.models.file import ArticleFile
from knowledge.models.imported import ImportedArticle, ImportSource, Redirect
from knowledge.models.keyword import PinnedResult, SeoKeyword, Synonym
from knowledge.models.learning import LearningKind, LearningResource
from knowledge.models.practice import Practice
from knowledge.models.release import Release
from knowledge.models.revision import Revision, RevisionState, Significance
from knowledge.models.runbook import Runbook, RunbookRevision
from knowledge.models.search_query import SearchQuery
from knowledge.models.system import KnowledgeSystem
from knowledge.models.tally import PopularSearch, Tally
from knowledge.models.train import Carriage, Train, TrainDeadline
from knowledge.models.translation import Translation

__all__ = [
    "Article",
    "ArticleDeadline",
    "ArticleDuty",
    "ArticleFile",
    "ArticleTag",
    "Assignment",
    "AssignmentDeadline",
    "AssignmentKind",
    "Audience",
    "Carriage",
    "Category",
    "Check",
    "CheckKind",
    "Expert",
    "Feedback",
    "FeedbackDeadline",
    "FeedbackKind",
    "FeedbackState",
    "ImportSource",
    "ImportedArticle",
    "KnowledgeSystem",
    "LearningKind",
    "LearningResource",
    "PinnedResult",
    "PopularSearch",
    "Practice",
    "Redirect",
    "Release",
    "Revision",
    "RevisionState",
    "Rhythm",
    "Runbook",
    "RunbookRevision",
    "SearchQuery",
    "SeoKeyword",
    "Significance",
    "Synonym",
    "Tag",
    "Tally",
    "Train",
    "TrainDeadline",
    "Translation",
    "Vote",
]
