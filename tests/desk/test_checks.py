"""System checks of the floor."""

from financy_support.desk.checks import connections_fit_into_postgres


def test_a_start_that_could_use_up_the_connections_is_refused(db, settings):
    assert connections_fit_into_postgres(databases=["default"]) == []
    settings.DESK_WEB_WORKERS = 500
    (refusal,) = connections_fit_into_postgres(databases=["default"])
    assert refusal.id == "desk.E002"
    assert "DESK_WEB_WORKERS" in refusal.hint
