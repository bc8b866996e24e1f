"""Source distributions: which files, changed how, in which archive."""
