from __future__ import annotations

import pytest

from ferrule.migrate.document import Document

TEXT = """\
# head of the file

[project] # behind the header
name = "x"
# about dynamic
dynamic = ["version"] # behind

# above the table
[tool.old]
a = 1
# about b
b = 'two' # b

[tool.old.inner]
c = [ 1, 2 ] # c

[[tool.old.rows]]
n = 1

[[tool.old.rows]] # second
n = 2 # two

# other
[tool.other]
x = { y = 1 }
"""


def changed(text, change):
    document = Document(text)
    change(document)
    return document.text


def test_an_untouched_document_keeps_every_byte():
    text = "\ufeff# x\r\na = 1 \r\n\r\n[b]\r\n\tc  =  2# y\r\n"
    assert Document(text).text == text
    assert Document("a = 1\r\nb = 2\n").text == "a = 1\r\nb = 2\n"


def test_a_renamed_table_takes_its_parts_along():
    text = changed(TEXT, lambda d: d.rename(("tool", "old"), ("tool", "new")))
    assert text == TEXT.replace("tool.old", "tool.new")


def test_a_renamed_key_keeps_its_comments():
    rename = ("tool", "old", "b"), ("tool", "old", "better")
    text = changed(TEXT, lambda d: d.rename(*rename))
    assert text == TEXT.replace("b = 'two'", "better = 'two'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tool.old.a = 1 # c\n", "tool.new.a = 1 # c\n"),
        ("[tool]\nold.a = 1\nold.b.c = 2\n", "[tool]\nnew.a = 1\nnew.b.c = 2\n"),
        ("[tool]\nold = { a = 1 }\n", "[tool]\nnew = { a = 1 }\n"),
        ("[ tool . old ] # c\na = 1\n", "[ tool.new ] # c\na = 1\n"),
        ('["tool"."old"]\na = 1\n', "[tool.new]\na = 1\n"),
        ("[tool]\n  old.a  = 1\n", "[tool]\n  new.a  = 1\n"),
    ],
)
def test_every_spelling_of_a_table_is_renamed(text, expected):
    assert changed(text, lambda d: d.rename(("tool", "old"), ("tool", "new"))) == (
        expected
    )


def test_a_removed_key_takes_its_comments_along():
    text = changed(TEXT, lambda d: d.remove(("tool", "old", "b")))
    assert text == TEXT.replace("# about b\nb = 'two' # b\n", "")


def test_a_comment_above_several_keys_stays_for_the_others():
    text = "[t]\n# about all\na = 1\nb = 2\n"
    assert changed(text, lambda d: d.remove(("t", "a"))) == (
        "[t]\n# about all\nb = 2\n"
    )


def test_a_removed_table_leaves_one_blank_line():
    text = changed(TEXT, lambda d: d.remove(("tool", "old")))
    start = TEXT.index("# above the table")
    end = TEXT.index("# other")
    assert text == TEXT[:start] + TEXT[end:]


def test_a_removed_last_table_leaves_no_blank_line():
    text = changed("a = 1\n\n# t\n[t]\nb = 2\n", lambda d: d.remove(("t",)))
    assert text == "a = 1\n"


def test_a_new_value_keeps_the_comment_behind():
    text = changed(TEXT, lambda d: d.put(("tool", "old", "b"), 3))
    assert text == TEXT.replace("b = 'two' # b", "b = 3 # b")


def test_comments_inside_of_a_replaced_value_move_above():
    text = "x = [ # first\n  1, # one\n] # behind\n"
    assert changed(text, lambda d: d.put(("x",), True)) == (
        "# first\n# one\nx = true # behind\n"
    )


def test_a_value_inside_of_an_inline_table_is_changed():
    text = changed(TEXT, lambda d: d.put(("tool", "other", "x", "y"), 2))
    assert text == TEXT.replace("{ y = 1 }", "{ y = 2 }")


def test_a_new_key_stands_at_the_end_of_its_table():
    text = changed(TEXT, lambda d: d.put(("tool", "old", "z"), 3))
    assert text == TEXT.replace("b = 'two' # b\n", "b = 'two' # b\nz = 3\n")


def test_a_new_key_of_a_table_without_header_gets_one():
    text = "[t.inner]\na = 1\n"
    assert changed(text, lambda d: d.put(("t", "b"), 2)) == (
        "[t]\nb = 2\n\n[t.inner]\na = 1\n"
    )


def test_a_new_key_of_a_dotted_table_is_dotted():
    text = "[tool]\nold.a = 1\nx = 2\n"
    assert changed(text, lambda d: d.put(("tool", "old", "b"), 2)) == (
        "[tool]\nold.a = 1\nold.b = 2\nx = 2\n"
    )


def test_new_tables_are_blocks():
    document = Document("a = 1")
    document.put(("tool", "x"), {"b": 1})
    document.put(("tool", "y"), {"rows": [{"n": 1, "m": "x" * 50}, {"n": 2}]})
    assert document.text == (
        "a = 1\n\n[tool.x]\nb = 1\n\n[[tool.y.rows]]\nn = 1\n"
        f'm = "{"x" * 50}"\n\n[[tool.y.rows]]\nn = 2\n'
    )


def test_readme_and_licence_are_written_as_values():
    document = Document("")
    document.insert_after(
        "build-system",
        ("project",),
        {"name": "x", "license": {"text": "MIT"}, "scripts": {"a": "b:c"}},
    )
    assert document.text.lstrip() == (
        '[project]\nname = "x"\nlicense = { text = "MIT" }\n\n'
        '[project.scripts]\na = "b:c"\n'
    )


def test_update_changes_only_what_differs():
    document = Document(TEXT)
    wanted = document.content()
    wanted["tool"]["old"]["inner"] = {"c": [1]}
    wanted["tool"]["old"]["rows"][1]["n"] = 3
    del wanted["tool"]["old"]["a"]
    wanted["tool"]["old"]["first"] = 1
    document.update(("tool",), wanted["tool"])
    assert document.content() == wanted
    assert document.text == (
        TEXT.replace("a = 1\n", "first = 1\n")
        .replace("[ 1, 2 ]", "[ 1 ]")
        .replace("n = 2 # two", "n = 3 # two")
    )


def test_a_list_of_blocks_of_another_length_is_written_anew():
    document = Document(TEXT)
    document.update(("tool", "old"), {"rows": [{"n": 1}]})
    assert document.content()["tool"]["old"] == {"rows": [{"n": 1}]}


def test_the_first_block_stands_behind_the_comment_of_the_file():
    text = "# licence\n\n# about p\n[p]\na = 1\n"
    assert changed(text, lambda d: d.insert_first("[b]\nc = 1\n")) == (
        "# licence\n\n[b]\nc = 1\n\n# about p\n[p]\na = 1\n"
    )
    text = "a.b = 1"
    assert changed(text, lambda d: d.insert_first("[b]\nc = 1\n")) == (
        "a.b = 1\n\n[b]\nc = 1\n"
    )


def test_line_ends_of_windows_stay():
    text = changed(
        "\ufeff[t]\r\na = 1\r\n", lambda d: d.put(("t", "b"), ["x" * 40, "y" * 40])
    )
    assert text.startswith("\ufeff[t]\r\na = 1\r\nb = [\r\n")
    assert text.count("\n") == text.count("\r\n")
