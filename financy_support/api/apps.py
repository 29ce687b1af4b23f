"""REST manners shared by all apps."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "financy_support.api"
    label = "api"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"
