"""The public help centre below /help/: browse, search, read; in three languages, without log-in."""
