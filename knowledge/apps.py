"""Knowledge: articles that are right, found and kept true."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications.purposes import register_purposes
        from financy_support.desk.subjects import register_subject
        from financy_support.desk.time.deadline_handlers import handles
        from knowledge.deadline_handlers import (
            answer_is_late,
            assignment_is_late,
            duty_is_late,
            look_is_too_late,
            train_is_due,
        )
        from knowledge.models import (
            Article,
            ArticleDeadline,
            ArticleDuty,
            Assignment,
            AssignmentDeadline,
            Feedback,
            FeedbackDeadline,
            TrainDeadline,
        )
        from knowledge.purposes import PURPOSES
        from knowledge.resolution_purposes import RESOLUTION_PURPOSES
        from knowledge.revision_gates import articles_of, assignments_of, feedback_of
        from knowledge.telling import DUTIES

        register_purposes(*PURPOSES, *RESOLUTION_PURPOSES)
        register_subject(Article, articles_of)
        register_subject(Assignment, assignments_of)
        register_subject(Feedback, feedback_of)
        for duty in DUTIES:
            handles(ArticleDeadline, duty, duty_is_late)
        handles(ArticleDeadline, ArticleDuty.WITHDRAWAL, look_is_too_late)
        handles(AssignmentDeadline, AssignmentDeadline.DUE, assignment_is_late)
        handles(FeedbackDeadline, FeedbackDeadline.ANSWER, answer_is_late)
        handles(TrainDeadline, TrainDeadline.DEPARTURE, train_is_due)
