"""Reports about this machine and a project on it."""
