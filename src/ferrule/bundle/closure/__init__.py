"""Which libraries a bundle needs and how they are found in it, for each system."""
