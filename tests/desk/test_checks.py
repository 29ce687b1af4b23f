"""System checks of the floor."""

from financy_support.desk.checks import connections_fit_into_postgres, history_has_its_own_owner


def test_a_start_that_could_use_up_the_connections_is_refused(db, settings):
    assert connections_fit_into_postgres(databases=["default"]) == []
    settings.DESK_WEB_WORKERS = 500
    (refusal,) = connections_fit_into_postgres(databases=["default"])
    assert refusal.id == "desk.E002"
    assert "DESK_WEB_WORKERS" in refusal.hint


def test_one_log_in_for_everything_is_told_honestly(settings, monkeypatch):
    assert history_has_its_own_owner() == []
    monkeypatch.setitem(settings.DATABASES["owner"], "USER", settings.DATABASES["default"]["USER"])
    (warning,) = history_has_its_own_owner()
    assert warning.id == "desk.W001"
    assert "DATABASE_OWNER_URL" in warning.hint
