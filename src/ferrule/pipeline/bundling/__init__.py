"""Bundles: a program with its Python, from its sources to a tried folder or file."""
