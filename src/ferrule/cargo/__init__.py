"""The only place that runs cargo and rustc."""
