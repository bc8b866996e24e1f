"""Rewriting a peer's project to ferrule, and proving that it stays the same."""
