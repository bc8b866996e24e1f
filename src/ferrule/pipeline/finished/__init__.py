"""What is done with finished wheels: check, inspect, repair, publish."""
