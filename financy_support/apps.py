"""The shell: commands, tasks, pages and the list of doors."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "financy_support"
    label = "shell"
    verbose_name = "Financy support"
