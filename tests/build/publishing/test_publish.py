"""Publishing to real servers over real sockets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from local_index import serving
from small_dists import write_wheel
from upload_user import NEUTRAL, SECRET, USER

pytestmark = pytest.mark.build


def states(done):
    return {Path(item["path"]).name: item["state"] for item in done.json()["files"]}


def test_everything_in_dist_arrives_wheels_first_and_is_what_was_sent(publish, dist):
    with serving(users={"me": SECRET}) as index:
        done = publish("--json", index=index).check()
    assert [item.filename for item in index.uploads] == [
        "small_thing-1.0-py3-none-any.whl",
        "small_thing-1.0-py312-none-any.whl",
        "small_thing-1.0.tar.gz",
    ]
    for item in index.uploads:
        assert item.content == (dist / item.filename).read_bytes()
        digest = hashlib.sha256(item.content).hexdigest()
        assert item.fields["sha256_digest"] == [digest]
        assert item.fields["license_expression"] == ["MIT"]
    assert set(states(done).values()) == {"uploaded"}
    assert done.json()["repository"] == f"{index.url}/legacy/"


def test_a_second_run_sends_nothing(publish, dist):
    with serving() as index:
        publish(index=index).check()
        before = index.posts()
        done = publish("--json", index=index).check()
        assert index.posts() == before
    assert set(states(done).values()) == {"present"}


@pytest.mark.parametrize("fault", ["503", "reset", "lost", "429"])
def test_what_fails_for_a_while_is_tried_again(publish, dist, fault):
    with serving(faults=[fault, fault]) as index:
        done = publish("--json", index=index).check()
    assert set(states(done).values()) == {"uploaded"}
    assert len(index.files) == 3
    assert len(index.uploads) == 3
    assert "attempt 1 of 5 failed" in done.stderr
    # A lost answer is found out by asking the index; nothing is sent twice.
    assert index.posts() == (3 if fault == "lost" else 5)


def test_a_silent_server_is_given_up_and_asked_again(publish, dist):
    with serving(faults=["hang"]) as index:
        done = publish("--timeout", "1", index=index).check()
    assert "attempt 1 of 5 failed (" in done.stderr
    assert "timed out" in done.stderr
    assert len(index.files) == 3


def test_an_interrupted_publication_goes_on_where_it_stopped(publish, dist):
    with serving(faults=["", "503", "503"]) as index:
        failed = publish("--retries", "1", "--json", index=index)
        assert failed.returncode == 1
        assert [item["state"] for item in failed.json()["error"]["files"]] == [
            "uploaded",
            "failed",
            "not-tried",
        ]
        assert "published 1 of 3 files" in failed.stderr
        assert "attempt 2 of 2: the index answered 503" in failed.stderr
        assert "it goes on where it stopped" in failed.stderr
        done = publish("--json", index=index).check()
    assert list(states(done).values()) == ["present", "uploaded", "uploaded"]
    assert len(index.uploads) == 3


def test_wrong_credentials_stop_everything_and_say_where_they_came_from(publish, dist):
    with serving(users={"me": "another"}) as index:
        done = publish(index=index)
        assert index.posts() == 1
    assert done.returncode == 1
    assert "403" in done.stderr
    assert "(from TWINE_PASSWORD)" in done.stderr
    assert "2 were not tried" in done.stderr


def test_a_refused_wheel_does_not_keep_the_others_but_the_sdist(publish, dist):
    with serving(faults=["400"]) as index:
        done = publish(index=index)
    assert done.returncode == 1
    assert list(index.files) == ["small_thing-1.0-py312-none-any.whl"]
    assert "it answered 400: Bad Request; by order of the test" in done.stderr
    assert "sdists follow when all wheels are there" in done.stderr


def test_another_file_of_the_same_name_is_an_error_with_both_hashes(publish, dist):
    name = "small_thing-1.0-py3-none-any.whl"
    with serving(files={name: b"another"}) as index:
        done = publish(dist / name, index=index)
        assert index.posts() == 0
    assert done.returncode == 1
    assert f"the index has another {name}" in done.stderr
    assert hashlib.sha256(b"another").hexdigest() in done.stderr
    assert "raise the version" in done.stderr


def test_without_hashes_on_the_page_the_file_itself_is_compared(publish, dist):
    name = "small_thing-1.0-py3-none-any.whl"
    content = (dist / name).read_bytes()
    with serving(files={name: content}, tells_hash=False) as index:
        done = publish("--json", dist / name, index=index).check()
    assert states(done) == {name: "present"}


def test_an_index_without_pages_says_that_a_file_exists(publish, dist):
    name = "small_thing-1.0-py3-none-any.whl"
    with serving(files={name: b"?"}, answers_simple=False) as index:
        done = publish(dist / name, index=index)
        assert done.returncode == 1
        assert "--check-url" in done.stderr
        publish("--skip-existing", dist / name, index=index).check()


def test_a_broken_wheel_is_refused_before_any_request(publish, dist):
    write_wheel(dist, record="small_thing/__init__.py,sha256=AAAA,1\n")
    with serving() as index:
        done = publish("--json", index=index)
        assert index.requests == []
    assert done.returncode == 3
    assert "nothing was sent" in done.stderr
    assert "record-" in done.stderr
    rules = {item["rule"] for item in done.json()["error"]["findings"]}
    assert any(rule.startswith("record-") for rule in rules)


def test_all_broken_files_are_told_at_once(publish, dist):
    write_wheel(dist, record="small_thing/__init__.py,sha256=AAAA,1\n")
    (dist / "small_thing-1.0.tar.gz").write_bytes(b"no archive")
    done = publish()
    assert done.returncode == 3
    assert "2 files are not fit" in done.stderr
    assert "sdist-archive" in done.stderr


def test_a_dry_run_compares_and_sends_nothing(publish, dist):
    name = "small_thing-1.0-py3-none-any.whl"
    with serving(files={name: (dist / name).read_bytes()}) as index:
        done = publish("--dry-run", "--json", index=index, env={}).check()
        assert index.posts() == 0
    assert states(done) == {
        "small_thing-1.0-py312-none-any.whl": "planned",
        "small_thing-1.0-py3-none-any.whl": "present",
        "small_thing-1.0.tar.gz": "planned",
    }


@pytest.mark.parametrize(
    ("env", "who"),
    [
        ({"UV_PUBLISH_TOKEN": SECRET}, "__token__"),
        ({"UV_PUBLISH_USERNAME": "u", "UV_PUBLISH_PASSWORD": SECRET}, "u"),
        ({"MATURIN_PYPI_TOKEN": SECRET}, "__token__"),
        ({"MATURIN_USERNAME": "m", "MATURIN_PASSWORD": SECRET}, "m"),
    ],
    ids=["uv-token", "uv-password", "maturin-token", "maturin-password"],
)
def test_the_variables_of_other_tools_are_understood(publish, dist, env, who):
    with serving(users={who: SECRET}) as index:
        publish(index=index, env=env).check()
    assert {item.user for item in index.uploads} == {who}


def test_a_section_of_pypirc_names_the_index_and_the_user(publish, dist, tmp_path):
    with serving(users={"rc": SECRET}) as index:
        lines = [
            "[distutils]",
            "index-servers = mine",
            "[mine]",
            f"repository = {index.url}/legacy/",
            "username = rc",
            f"password = {SECRET}",
        ]
        (tmp_path / ".pypirc").write_text("\n".join(lines), "utf-8")
        publish("-r", "mine", env={}).check()
    assert {item.user for item in index.uploads} == {"rc"}


def test_credentials_in_the_address_are_used_and_never_shown(publish, dist):
    with serving(users={"me": SECRET}) as index:
        address = index.url.replace("http://", f"http://me:{SECRET}@")
        done = publish("-v", env={"UV_PUBLISH_URL": f"{address}/legacy/"}).check()
        assert f"{index.url}/legacy/" not in done.stdout
    assert len(index.uploads) == 3


def test_an_index_that_repeats_the_password_does_not_get_it_shown(publish, dist):
    with serving(faults=["echo"]) as index:
        done = publish("-vv", "--json", index=index)
    assert done.returncode == 1
    assert "you sent ********" in done.stderr


def test_a_big_file_shows_its_progress_on_a_terminal_only(
    publish, dist, tmp_path, user_env
):
    pty = pytest.importorskip("pty")
    body = f"x = {os.urandom(1 << 20).hex()!r}\n"
    wheel = write_wheel(dist, name="big-thing", body=body)
    with serving() as index:
        done = publish("--json", wheel, index=index).check()
        assert "100%" not in done.stdout + done.stderr
        index.files.clear()
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "ferrule", "publish", "--json", str(wheel)]
        own = {**NEUTRAL, **USER, "TWINE_REPOSITORY_URL": f"{index.url}/legacy/"}
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**user_env, **own, "HOME": str(tmp_path), "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            told = _read_terminal(ours)
            output = process.stdout.read()
        assert process.returncode == 0
    assert b"100%" in told
    assert json.loads(output)["files"][0]["state"] == "uploaded"


def _read_terminal(descriptor):
    told = b""
    try:
        while chunk := os.read(descriptor, 4096):
            told += chunk
    except OSError:  # Linux says so when the other side is closed
        pass
    finally:
        os.close(descriptor)
    return told


KEYRING = """
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1

    def set_password(self, service, username, password):
        raise NotImplementedError

    def get_password(self, service, username):
        {body}
"""


def test_the_keyring_is_asked(publish, dist, tmp_path):
    text = KEYRING.format(body=f"return {SECRET!r} if username == 'me' else None")
    (tmp_path / "own_keyring.py").write_text(text, "utf-8")
    own = {
        "PYTHONPATH": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "own_keyring.Keyring",
        "TWINE_USERNAME": "me",
    }
    with serving(users={"me": SECRET}) as index:
        publish(index=index, env=own).check()
        assert len(index.uploads) == 3
        broken = KEYRING.format(body="raise RuntimeError('locked')")
        (tmp_path / "own_keyring.py").write_text(broken, "utf-8")
        index.files.clear()
        done = publish(index=index, env=own)
    assert done.returncode == 2
    assert "warning: Error getting password from keyring: locked" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_credentials_are_an_error_that_lists_what_was_tried(publish, dist):
    with serving() as index:
        env = {"TWINE_USERNAME": "me"}
        done = publish(index=index, env=env)
        assert index.posts() == 0
    assert done.returncode == 2
    assert "no password for" in done.stderr
    assert "the keyring has nothing for me" in done.stderr


def test_an_unreachable_index_is_told_after_the_last_attempt(publish, dist):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}/"
        done = publish("--retries", "1", "--repository-url", address)
    assert done.returncode == 1
    assert "attempt 2 of 2: " in done.stderr
    assert "refused" in done.stderr


def test_secrets_are_not_taken_as_arguments(publish, dist):
    done = publish("--password", "x")
    assert done.returncode == 2
    assert "TWINE_PASSWORD" in done.stderr


def test_a_password_can_be_piped(dist, tmp_path, user_env):
    with serving(users={"me": SECRET}) as index:
        command = [sys.executable, "-m", "ferrule", "publish", "--password-stdin"]
        command += ["-u", "me", "--repository-url", f"{index.url}/legacy/"]
        subprocess.run(
            command,
            cwd=tmp_path,
            env={**user_env, **NEUTRAL, "HOME": str(tmp_path)},
            input=f"{SECRET}\n",
            text=True,
            check=True,
        )
    assert len(index.uploads) == 3


@pytest.fixture
def pypiserver(tmp_path):
    """Run the package pypiserver over an empty folder; return its address."""
    store = tmp_path / "store"
    store.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = shutil.which("pypi-server", path=os.path.dirname(sys.executable))
    assert server, "install the extra `test`"
    command = [server, "run", "-i", "127.0.0.1", "-p", str(port)]
    command += ["-a", ".", "-P", ".", "--disable-fallback", str(store)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def test_pip_installs_what_was_published_to_pypiserver(
    publish, dist, pypiserver, run_command, user_env, tmp_path
):
    env = {**USER, "MATURIN_REPOSITORY_URL": f"{pypiserver}/"}
    (dist / "small_thing-1.0-py312-none-any.whl").unlink()
    done = publish("--json", env=env).check()
    assert set(states(done).values()) == {"uploaded"}
    again = publish("--json", env=env).check()
    assert set(states(again).values()) == {"present"}
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-cache-dir"]
    pip += ["--index-url", f"{pypiserver}/simple/", "--target", tmp_path / "site"]
    run_command(*pip, "small-thing==1.0", cwd=tmp_path, env=user_env)
    assert (tmp_path / "site" / "small_thing" / "__init__.py").is_file()
    write_wheel(dist, body="changed = True\n")
    changed = publish(env=env)
    assert changed.returncode == 1
    assert "the index has another" in changed.stderr
