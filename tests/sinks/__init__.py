"""Servers that the desk talks to, real on the wire: they record what they take and can be told to misbehave."""
