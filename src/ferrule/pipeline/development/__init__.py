"""Development installs: made, noticed to be stale, built again, watched."""
