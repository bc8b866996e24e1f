import pytest

from ferrule.doctor.editors import parse_commented_json, read_editors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("// nothing\n", {}),
        ('{"a": "b // c /* d */"}', {"a": "b // c /* d */"}),
        ('{"a": [1, 2, /* x */ ], }', {"a": [1, 2]}),
        ('{"a": "\\",]}", // b\n}', {"a": '",]}'}),
        ('{"a": ["x",\n// y\n]}', {"a": ["x"]}),
    ],
)
def test_json_with_comments(text, value):
    assert parse_commented_json(text) == value


@pytest.mark.parametrize("text", ["{", '{"a": "b', "{/* }", "{,,}"])
def test_broken_json(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own text
        parse_commented_json(text)


def test_vs_code(tmp_path, write):
    write(
        ".vscode/settings.json",
        """{
  // for the language server
  "rust-analyzer.server.extraEnv": { "PYO3_PYTHON": "old", "N": 1 },
  "rust-analyzer.cargo.extraEnv": { "PYO3_PYTHON": "${workspaceFolder}/p", "B": true },
  "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python",
}""",
    )
    (found,) = read_editors(tmp_path)
    assert found.editor == "VS Code"
    assert found.variables == {"PYO3_PYTHON": f"{tmp_path}/p", "N": "1"}
    assert found.python == f"{tmp_path}/.venv/bin/python"


def test_zed_and_helix(tmp_path, write):
    write(
        ".zed/settings.json",
        '{"lsp": {"rust-analyzer": {"initialization_options": {"cargo": '
        '{"extraEnv": {"A": "z"}}}}}}',
    )
    write(
        ".helix/languages.toml",
        '[language-server.rust-analyzer.config.cargo.extraEnv]\nA = "h"\n',
    )
    assert {item.editor: item.variables for item in read_editors(tmp_path)} == {
        "Zed": {"A": "z"},
        "Helix": {"A": "h"},
    }


def test_settings_of_the_repository_around_the_project(tmp_path, write):
    (tmp_path / ".git").mkdir()
    path = write(".vscode/settings.json", "{}")
    assert [item.path for item in read_editors(tmp_path / "crates" / "a")] == [path]


def test_broken_settings_are_told(tmp_path, write):
    write(".vscode/settings.json", "{")
    write(".zed/settings.json", "[]")
    write(".helix/languages.toml", "[")
    problems = [item.problem for item in read_editors(tmp_path)]
    assert "is not valid JSON" in problems[0]
    assert "holds no JSON object" in problems[1]
    assert "languages.toml" in problems[2]
