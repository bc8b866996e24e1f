"""One module per part of a wheel; each yields findings about an opened wheel."""
