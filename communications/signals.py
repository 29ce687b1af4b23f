"""News for the apps above."""

from django.dispatch import Signal

# A delivery was given up for good. Arguments: delivery (Delivery with its message), answer (the
# last Answer), at (aware UTC). In its transaction.
delivery_failed = Signal()

# A delivery was parked instead of tried: it waits until somebody releases it. Arguments: delivery (Delivery with its
# message; ``waiting_reason`` says why), at (aware UTC). In its transaction.
delivery_parked = Signal()

# A mail server refused an address of a mail of ours. Arguments: address, message (Message), is_permanent, said, at.
# In its transaction, and in an act.
address_bounced = Signal()

# Somebody has a message: a key was pressed, a text answered. Once a delivery. Arguments: delivery, message, person
# (User or None), at. In its transaction, and in an act.
message_acknowledged = Signal()
