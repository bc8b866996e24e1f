"""Real projects: the wheel of ferrule beside that of their own backend.

`python -m tests.corpus` builds every project of `projects.toml` both ways and
writes docs/compatibility.md. The quick ones are tests, too.
"""
