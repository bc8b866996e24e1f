"""The dynamic mode, a folder with a shared libpython, for each system."""
