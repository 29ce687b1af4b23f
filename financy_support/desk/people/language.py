"""The three languages of the desk, by code and by the handbook's own word."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """Handbook 'communication_channels': languages english, portuguese, spanish."""

    ENGLISH = "en", _("English")
    PORTUGUESE = "pt", _("Portuguese")
    SPANISH = "es", _("Spanish")
