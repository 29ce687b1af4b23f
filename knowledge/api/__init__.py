"""The doors of knowledge for programs."""
