"""What the templates of knowledge can draw."""
