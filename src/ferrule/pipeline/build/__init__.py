"""Products of a build: wheels, source distributions, bare modules, stubs."""
