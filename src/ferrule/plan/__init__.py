"""From a project and interpreters to builds.

A `Build` says, for each wheel, which crate targets are compiled under which
PyO3 configuration and which ABI results. Nothing is compiled here.
"""
