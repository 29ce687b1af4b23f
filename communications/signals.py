"""News for the apps above."""

from django.dispatch import Signal

# A delivery was given up for good. Arguments: delivery (Delivery with its message), at (aware UTC). In its transaction.
delivery_failed = Signal()
