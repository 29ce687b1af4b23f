"""The only list of doors."""

from django.urls import path

urlpatterns: list = []
