"""Editable installs: a wheel that points into the project."""
