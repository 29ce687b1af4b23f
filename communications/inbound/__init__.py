"""Mail on its way in: kept raw, read within limits by a child, told apart, and offered to whoever decides."""
