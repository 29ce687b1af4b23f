"""Knowledge: articles that are right, found and kept true."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from financy_support.desk.time.deadline_handlers import handles
        from knowledge.deadline_handlers import look_is_too_late, train_is_due
        from knowledge.models import ArticleDeadline, ArticleDuty, TrainDeadline

        handles(ArticleDeadline, ArticleDuty.WITHDRAWAL, look_is_too_late)
        handles(TrainDeadline, TrainDeadline.DEPARTURE, train_is_due)
