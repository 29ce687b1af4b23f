"""The shell: commands, tasks, pages and the list of doors."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django's admin with the desk's own site."""

    default = False
    default_site = "financy_support.admin_base.DeskAdminSite"


class ShellConfig(AppConfig):
    name = "financy_support"
    label = "shell"
    verbose_name = "Financy support"

    def ready(self) -> None:
        from communications.words import words
        from financy_support.desk.people.channels import register_channels

        register_channels("communications", lambda: words().channels)
