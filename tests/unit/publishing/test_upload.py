"""The decisions between attempts; the wire itself is tested with real servers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from small_dists import write_wheel

from ferrule.errors.publishing import (
    ConnectionLostError,
    ExistingFileError,
    RefusedUploadError,
)
from ferrule.publishing.connection import ConnectionFailure
from ferrule.publishing.distribution import collect
from ferrule.publishing.replies import Reply
from ferrule.publishing.upload import IndexView, Patience, StopError, Uploader


class Scripted:
    """A sender that answers what the test says."""

    secret_source = "the test"

    def __init__(self, *replies, page=404):
        self.replies = list(replies)
        self.page = page
        self.asked = []

    def send(self, package, *, shows_progress):
        assert (package, shows_progress) == (None, False)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def fetch(self, url, headers, *, own):
        assert "json" in headers["Accept"]
        self.asked.append((url, own))
        return SimpleNamespace(status_code=self.page, headers={}, content=b"", url=url)


@pytest.fixture
def upload(tmp_path):
    write_wheel(tmp_path)
    [item] = collect(["."], tmp_path)

    def call(sender, **options):
        waits = []
        view = IndexView(sender, lambda project: [(f"http://h/{project}/", True)])
        uploader = Uploader(sender, view, Patience(3), waits.append, **options)
        return uploader.upload(item, None), waits

    return call


def test_waits_double_and_the_index_may_ask_for_another():
    patience = Patience(9)
    assert [patience.wait_s(number, 0) for number in (1, 2, 3, 9)] == [1, 2, 4, 60]
    assert patience.wait_s(1, 7.0) == 7.0
    assert patience.wait_s(1, 9999.0) == 300.0


def test_what_fails_for_a_while_is_tried_again(upload):
    sender = Scripted(Reply(503, retry_after_s=5), ConnectionFailure("x"), Reply(200))
    assert upload(sender) == ("uploaded", [5.0, 2.0])


def test_after_the_last_attempt_everything_stops(upload):
    with pytest.raises(StopError) as caught:
        upload(Scripted(Reply(503, "Busy"), Reply(503, "Busy"), Reply(503, "Busy")))
    assert isinstance(caught.value.error, ConnectionLostError)
    assert "attempt 3 of 3: the index answered 503: Busy" in str(caught.value.error)


def test_a_certificate_that_is_wrong_is_not_tried_twice(upload):
    with pytest.raises(StopError, match="attempt 1 of 1: wrong"):
        upload(Scripted(ConnectionFailure("wrong", is_lasting=True)))


@pytest.mark.parametrize(
    "reply", [Reply(401), Reply(403), Reply(404), Reply(308, location="http://o/")]
)
def test_what_would_fail_for_every_file_stops(upload, reply):
    with pytest.raises(StopError):
        upload(Scripted(reply))


def test_what_is_wrong_with_one_file_does_not_stop(upload):
    with pytest.raises(RefusedUploadError, match="it answered 400: Bad name"):
        upload(Scripted(Reply(400, "Bad name")))


def test_a_file_that_exists_unseen_is_an_error_or_taken_for_the_same(upload):
    with pytest.raises(ExistingFileError, match="--check-url"):
        upload(Scripted(Reply(409), page=500))
    assert upload(Scripted(Reply(409), page=500), skip_existing=True)[0] == "present"


def test_the_page_is_asked_once_where_nothing_goes_wrong(upload):
    sender = Scripted(Reply(200))
    upload(sender)
    assert sender.asked == [("http://h/small-thing/", True)]
