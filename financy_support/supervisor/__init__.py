"""Starts the desk on one machine: its servers, its roles and its local mailbox. Plain Python, no Django."""
