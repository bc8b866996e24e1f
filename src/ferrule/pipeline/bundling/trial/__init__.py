"""Whether a bundle works elsewhere: a probe is run in its place."""
