"""What `ferrule inspect` shows of a wheel: the data, as text, and as a page."""
