"""Which modules a bundle needs, for `--trim`."""
