"""Tests and programs of a project, run against what was built."""
