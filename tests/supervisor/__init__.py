"""Set-up and start, tried with real processes in folders of their own."""
