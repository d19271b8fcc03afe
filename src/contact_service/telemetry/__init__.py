"""Logs and metrics without identifiers."""
