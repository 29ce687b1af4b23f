"""What other knowledge bases export, read into one neutral shape; nothing here writes a row."""
