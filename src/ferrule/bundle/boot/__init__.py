"""The Python modules that a bundle starts with, which are ferrule's own."""
