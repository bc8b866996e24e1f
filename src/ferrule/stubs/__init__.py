"""Type stubs of a compiled module: what it says about itself, as `.pyi` text."""
