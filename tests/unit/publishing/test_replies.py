from __future__ import annotations

import pytest

from ferrule.publishing.replies import Reply, advise, interpret, say


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (Reply(200), "accepted"),
        (Reply(201), "accepted"),
        (Reply(400, "File already exists ('a.whl', with blake2_256 hash)"), "exists"),
        (Reply(409), "exists"),
        (Reply(400, body="Repository does not allow updating assets: x"), "exists"),
        (Reply(403, body="Not enough permissions to overwrite artifact"), "exists"),
        (Reply(400, body='{"message":"has already been taken"}'), "exists"),
        (Reply(503), "later"),
        (Reply(429), "later"),
        (Reply(522), "later"),
        (Reply(501), "refused"),
        (Reply(401), "not-you"),
        (Reply(403, "Invalid or non-existent authentication"), "not-you"),
        (Reply(400, "Invalid value for classifiers"), "refused"),
        (Reply(302, location="http://other/"), "refused"),
    ],
)
def test_replies_are_understood(reply, meaning):
    assert interpret(reply) == meaning


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(400), "nothing"),
        (Reply(400, "Bad", "<html><head><title>x</title></head><p>a &lt; b</p>"),
         "Bad; a < b"),
        (Reply(400, "Too big", "<h1>400</h1>The server said: Too big"), "Too big"),
        (Reply(301, "Moved", location="http://h/x/"), "Moved to http://h/x/"),
    ],
)  # fmt: skip
def test_replies_are_told_in_one_line(reply, text):
    assert say(reply) == text


def test_long_replies_are_cut():
    assert len(say(Reply(400, body="x" * 9000))) == 400


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401), "(from TWINE_PASSWORD)"),
        (Reply(403), "may upload to this project"),
        (Reply(404), "check --repository-url"),
        (Reply(405), "takes no uploads"),
        (Reply(407), "HTTPS_PROXY"),
        (Reply(413), "ask for a higher limit"),
        (Reply(400), "change what the index names"),
        (Reply(301, location="http://h/"), "a missing / at the end"),
    ],
)
def test_each_refusal_has_its_advice(reply, words):
    assert words in advise(reply, secret_source="TWINE_PASSWORD")
