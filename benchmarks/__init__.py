"""ferrule measured side by side with maturin and setuptools-rust."""
