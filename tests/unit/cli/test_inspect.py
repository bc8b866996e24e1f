"""`ferrule inspect` as a user calls it."""

from __future__ import annotations

import json
import zipfile

import pytest

from ferrule.cli import main


@pytest.fixture
def wheel(tmp_path):
    def make(version="1.0", files=()):
        path = tmp_path / f"pkg-{version}-py3-none-any.whl"
        info = f"pkg-{version}.dist-info"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files:
                archive.writestr(name, text)
            head = f"Metadata-Version: 2.1\nName: pkg\nVersion: {version}\n"
            archive.writestr(f"{info}/METADATA", head)
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\n")
            archive.writestr(f"{info}/RECORD", "")
        return path

    return make


def test_text(wheel, capsys):
    assert main(["inspect", str(wheel())]) == 0
    text = capsys.readouterr().out
    assert text.startswith("pkg 1.0\n")
    assert "\033" not in text


def test_colour_where_it_is_wanted(wheel, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["inspect", str(wheel())]) == 0
    assert capsys.readouterr().out.startswith("\033[1mpkg 1.0\033[0m\n")


def test_json(wheel, capsys):
    assert main(["inspect", str(wheel()), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["header"]["name"] == "pkg"


def test_a_page_beside_the_others(wheel, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = wheel()
    assert main(["inspect", str(path), "--html"]) == 0
    assert capsys.readouterr().out == "pkg-1.0-py3-none-any.whl.html\n"
    assert (tmp_path / f"{path.name}.html").read_text().startswith("<!doctype html>")


def test_a_page_with_a_name(wheel, tmp_path):
    page = tmp_path / "page.html"
    assert main(["inspect", str(wheel()), "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_page_on_standard_output(wheel, capsysbinary):
    assert main(["inspect", str(wheel()), "--html", "-"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"<!doctype html>")


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_differences(wheel, form, capsys, tmp_path):
    old, new = wheel("1.0", [("a.py", "1")]), wheel("2.0", [("b.py", "1")])
    more = {"text": [], "json": ["--json"], "html": ["--html", str(tmp_path / "d")]}
    assert main(["inspect", str(old), "--diff", str(new), *more[form]]) == 0
    text = capsys.readouterr().out
    if form == "html":
        text = (tmp_path / "d").read_text(encoding="utf-8")
    assert "a.py" in text
    assert "b.py" in text


def test_a_missing_wheel_is_told(tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "x-1-py3-none-any.whl")]) == 6
    assert "cannot read" in capsys.readouterr().err


def test_a_name_that_is_none_of_a_wheel_is_told(wheel, capsys, tmp_path):
    other = wheel().rename(tmp_path / "x.zip")
    assert main(["inspect", str(other)]) != 0
    assert "x.zip" in capsys.readouterr().err


def test_a_wheel_is_never_overwritten_by_a_page(wheel, capsys):
    old, new = wheel("1.0"), wheel("2.0")
    content = new.read_bytes()
    assert main(["inspect", str(old), "--html", str(new)]) == 2
    text = capsys.readouterr().err
    assert f"--html would write the page over {new}" in text
    assert "--diff names a second wheel" in text
    assert new.read_bytes() == content


def test_json_and_html_exclude_each_other(capsys):
    with pytest.raises(SystemExit):
        main(["inspect", "x.whl", "--json", "--html"])
    assert "not allowed with" in capsys.readouterr().err


FACTS = {"ferrule": "0.1.0", "program": "tool", "mode": "onefile"}


@pytest.fixture
def single(tmp_path):
    from ferrule.bundle.onefile.payload import Payload, PayloadFacts

    files = {"bundle.json": json.dumps(FACTS).encode(), "licenses/x": b"text"}
    payload = Payload(PayloadFacts(), {}, files=files)
    path = tmp_path / "tool"
    path.write_bytes(b"program" + b"".join(payload.chunks()))
    return path


def test_a_bundle(single, capsys):
    assert main(["inspect", str(single)]) == 0
    assert capsys.readouterr().out.startswith("tool\n  form     onefile bundle")
    assert main(["inspect", str(single), "--files"]) == 0
    assert "         4  file     licenses/x\n" in capsys.readouterr().out
    assert main(["inspect", str(single), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bundle"] == FACTS


def test_files_of_a_bundle(single, capsys, tmp_path):
    words = ["inspect", str(single), "--extract", str(tmp_path / "out")]
    assert main([*words, "--only", "licenses/*"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}: 1 file of tool\n"
    assert (tmp_path / "out" / "licenses" / "x").read_text() == "text"
    assert main(words) == 2
    assert "it is not an empty folder" in capsys.readouterr().err
    words[-1] = str(tmp_path / "new")
    assert main([*words, "--only", "license/*"]) == 2
    assert "tool has no file that fits license/*" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": words[-1], "files": 2}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--only", "x"], "--only chooses files to extract"),
        (["--html"], "--diff and --html are for wheels"),
        (["--diff", "y.whl"], "--diff and --html are for wheels"),
    ],
)
def test_what_bundles_do_not_have(single, capsys, words, text):
    assert main(["inspect", str(single), *words]) == 2
    assert text in capsys.readouterr().err


def test_what_wheels_do_not_have(wheel, capsys, tmp_path):
    assert main(["inspect", str(wheel()), "--files"]) == 2
    assert "--files and --extract are for bundles" in capsys.readouterr().err
    assert main(["inspect", str(tmp_path)]) == 2
    assert "is no bundle" in capsys.readouterr().err
