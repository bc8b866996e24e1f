"""Projects of setuptools, read without running any of their code.

`adoption` is the entry: it returns the pyproject.toml that says in ferrule's
own words what setup.py, setup.cfg, `[tool.setuptools]`, MANIFEST.in and
`[tool.setuptools-rust]` say together.
"""
