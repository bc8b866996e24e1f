from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from small_dists import write_attestation, write_wheel

from ferrule.audit.ignoring import parse_ignore_list
from ferrule.errors.publishing import (
    ConnectionLostError,
    HeldBackError,
    PublisherMissingError,
    PublishFailedError,
    UnpublishableError,
    UnusableDistributionError,
)
from ferrule.pipeline.finished.publish import (
    PublishOrder,
    _attested,
    _check,
    _Ready,
    publish,
)
from ferrule.publishing.destination import Destination
from ferrule.publishing.distribution import collect


def test_without_twine_the_command_that_installs_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "twine", None)
    monkeypatch.setitem(sys.modules, "twine.package", None)
    write_wheel(tmp_path / "dist")
    order = PublishOrder([], tmp_path, Destination())
    with pytest.raises(PublisherMissingError) as caught:
        publish(order, {})
    assert caught.value.exit_code == 2
    assert f'run: "{sys.executable}" -m pip install "twine>=6.1"' in str(caught.value)


def test_what_only_public_indexes_refuse_is_told_for_them_only(tmp_path):
    write_wheel(tmp_path, version="1.0+local")
    items = collect(["."], tmp_path)
    order = PublishOrder([], tmp_path, Destination())
    with pytest.raises(UnpublishableError, match="index-metadata"):
        _check(items, order, is_public=True)
    _check(items, order, is_public=False)
    ignored = replace(order, ignored=parse_ignore_list(["index-metadata"], "here"))
    _check(items, ignored, is_public=True)


@pytest.mark.parametrize(
    ("wish", "root", "is_trusted", "sent"),
    [
        ("auto", "https://public/", True, 1),
        ("auto", "https://public/", False, 0),
        ("auto", "", True, 0),
        ("always", "", False, 1),
        ("never", "https://public/", True, 0),
    ],
)
def test_attestations_go_where_they_are_understood(
    tmp_path, wish, root, is_trusted, sent
):
    write_attestation(write_wheel(tmp_path))
    [item] = collect(["."], tmp_path)
    given = []
    package = SimpleNamespace(add_attestations=given.append)
    order = PublishOrder([], tmp_path, Destination(), attestations=wish)
    connection = SimpleNamespace(web_root=root, is_trusted=is_trusted)
    view = SimpleNamespace(find=lambda _: ("absent", "", ""))
    ready = [_Ready(item, package, "", 0)]
    [entry] = _attested(ready, order, connection, view, {})
    assert len(entry.item.attestations) == len(given) == sent


def test_unfit_files_are_told_together():
    problems = [
        UnusableDistributionError("a.whl", ["record-mismatch: x"]),
        UnusableDistributionError("b.whl", ["sdist-name: y"]),
    ]
    text = str(UnpublishableError(problems, []))
    assert text.startswith("2 files are not fit to be published; nothing was sent")
    assert "--ignore RULE" in text


def test_failures_are_told_together_with_the_state_of_every_file():
    problems = [ConnectionLostError("a", 5, "no route"), HeldBackError("b", "later")]
    files = [{"state": "uploaded"}, {"state": "failed"}, {"state": "not-tried"}]
    error = PublishFailedError("http://h/", problems, files)
    assert "published 1 of 3 files to http://h/; 1 failed and 1 were not" in str(error)
    assert error.details() == {"files": files}
