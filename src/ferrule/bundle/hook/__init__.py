"""What is linked into a bundled program so that it need not change."""
