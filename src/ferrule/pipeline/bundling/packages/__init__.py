"""The Python packages of a bundle: where they come from."""
