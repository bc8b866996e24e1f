"""A package around a module that has one of everything."""
