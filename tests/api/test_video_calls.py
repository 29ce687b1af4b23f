"""Video calls over the API and on the ticket page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.make import make_ticket
from tickets.models import VideoAppointment


def test_the_doors_agree_move_and_call_off(cast, api, client):
    ticket = make_ticket(cast.ben, at=timezone.now())
    address = f"/api/v1/tickets/{ticket.reference}/video-calls/"
    start = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    tom = api(cast.tom)
    said = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    made = tom.post(address, {**said, "join_link": "https://meet.example/1"})
    assert made.status_code == 201, made.content
    assert (made.json()["agent"], made.json()["sequence"]) == ("tom@financy.example", 0)
    call = f"{address}{made.json()['id']}/"
    later = start + timedelta(hours=5)
    moved = tom.post(
        f"{call}reschedule/", {"starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat()}
    )
    assert (moved.status_code, moved.json()["sequence"]) == (200, 1)
    assert tom.get(address).json()["results"] == [moved.json()]
    assert tom.post(f"{call}finish/", {"is_held": False}).json()["code"] == "not_begun"
    assert tom.post(f"{address}999/cancel/", {"reason": "r"}).status_code == 404
    assert tom.post(f"{call}cancel/", {"reason": "solved"}).json()["status"] == "cancelled"
    client.force_login(cast.tom, backend="django.contrib.auth.backends.ModelBackend")
    page = f"/admin/tickets/ticket/{ticket.pk}/do/"
    typed = {
        "starts_at": f"{start:%Y-%m-%dT%H:%M}", "ends_at": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "join_link": "https://meet.example/2",
    }  # fmt: skip
    assert client.post(f"{page}video/", {**typed, "ends_at": ""}).status_code == 400
    assert client.post(f"{page}video/", typed).status_code == 302
    assert client.post(f"{page}video_move/", {**typed, "starts_at": f"{start:%Y-%m-%dT%H:%M}"}).status_code == 302
    assert client.post(f"{page}video_cancel/", {"reason": "no need"}).status_code == 302
    assert list(VideoAppointment.objects.order_by("id").values_list("status", flat=True)) == ["cancelled"] * 2
