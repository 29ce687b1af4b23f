"""Which mails belong to one conversation, for the header References (RFC 5322 §3.6.4)."""

from __future__ import annotations

from communications.models import InboundMail, Message

MOST = 10  # the first and the latest nine: programs need no more, and a header line has an end


def earlier_message_ids(message: Message) -> list[str]:
    """Message-IDs of what this customer or person and the desk wrote to each other about the same thing, in order."""
    thing = {"about_label": message.about_label, "about_id": message.about_id}
    whom = {"customer_id": message.customer_id, "person_id": message.person_id}
    said = Message.objects.filter(**thing, **whom, id__lt=message.pk).order_by("id")
    heard = (
        InboundMail.objects.filter(**thing, customer_id=message.customer_id, settled_at__lte=message.created_at)
        .exclude(message_id="")
        .values_list("received_at", "message_id")
        if message.customer_id
        else []
    )
    both = [*said.values_list("created_at", "message_id"), *heard]
    ids = list(dict.fromkeys(one for _, one in sorted(both, key=lambda one: one[0])))
    return ids if len(ids) <= MOST else [ids[0], *ids[-MOST + 1 :]]
