"""Who uploads in the tests: an environment without CI system and keyring."""

from __future__ import annotations

NEUTRAL = {
    "BUILDKITE": "",
    "CI": "",
    "CIRCLECI": "",
    "GITHUB_ACTIONS": "",
    "GITLAB_CI": "",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
}
SECRET = "s3cret-of-the-test"
USER = {"TWINE_USERNAME": "me", "TWINE_PASSWORD": SECRET}
