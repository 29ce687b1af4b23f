"""The nemesis: a whole desk of real processes under load, and faults that it must survive with figures to show."""
