"""The ways in which another target is linked, one module each."""
