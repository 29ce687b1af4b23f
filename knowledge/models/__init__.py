"""What editors write, review, publish and keep true; one concept a file."""

from knowledge.models.article import Article, ArticleTag, Tag
from knowledge.models.category import Audience, Category, Rhythm
from knowledge.models.check import Check, CheckKind
from knowledge.models.expert import Expert
from knowledge.models.keyword import SeoKeyword, Synonym
from knowledge.models.revision import Revision, RevisionState, Significance
from knowledge.models.system import KnowledgeSystem
from knowledge.models.translation import Translation

__all__ = [
    "Article",
    "ArticleTag",
    "Audience",
    "Category",
    "Check",
    "CheckKind",
    "Expert",
    "KnowledgeSystem",
    "Revision",
    "RevisionState",
    "Rhythm",
    "SeoKeyword",
    "Significance",
    "Synonym",
    "Tag",
    "Translation",
]
