import os
import time

import pytest

from ferrule.doctor.caches import check_cache, check_target_directory

OLD = time.time() - 90 * 24 * 3600


@pytest.fixture
def env(tmp_path):
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}


@pytest.fixture
def cache(tmp_path):
    (tmp_path / "cache").mkdir(mode=0o700)
    return tmp_path / "cache"


def test_no_cache_yet_creates_none(tmp_path, env):
    (found,) = check_cache(env)
    assert found.what.startswith("no cache yet")
    assert not (tmp_path / "cache").exists()


def test_size(cache, env):
    (cache / "answers").mkdir()
    (cache / "answers" / "a.json").write_bytes(bytes(2048))
    (found,) = check_cache(env)
    assert (found.severity, found.what) == ("ok", f"{cache}: 2.0 kB")


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_others_may_write(cache, env):
    cache.chmod(0o777)
    (found,) = check_cache(env)
    assert (found.id, found.severity) == ("cache-unusable", "warning")
    assert found.fix.steps == (f"chmod 0700 {cache}",)
    found.fix.apply()
    assert cache.stat().st_mode & 0o777 == 0o700
    assert [item.id for item in check_cache(env)] == ["cache"]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_cache_that_is_a_link_is_not_fixed(tmp_path, env):
    (tmp_path / "cache").symlink_to(tmp_path)
    (found,) = check_cache(env)
    assert found.fix is None
    assert found.details[0].startswith("it is a symbolic link")


def test_old_leftovers_and_builds_are_removed_and_new_ones_stay(cache, env):
    for name in ("answers/.a.json.12", "answers/b.json", "builds/old", "builds/new"):
        path = cache / name
        path.parent.mkdir(exist_ok=True)
        if "builds" in name:
            path.mkdir()
        else:
            path.write_text("x")
        if "new" not in name and "b.json" not in name:
            os.utime(path, (OLD, OLD))
    found = {item.id: item for item in check_cache(env)}
    assert found["cache-leftovers"].details == (str(cache / "answers/.a.json.12"),)
    assert found["cache-old-builds"].what.startswith("1 compiled projects")
    for name in ("cache-leftovers", "cache-old-builds"):
        found[name].fix.apply()
    assert sorted(path.name for path in cache.rglob("*") if path.is_file()) == [
        "b.json"
    ]
    assert (cache / "builds" / "new").is_dir()
    assert [item.id for item in check_cache(env)] == ["cache"]


def test_target_directory_that_does_not_exist(tmp_path, env):
    assert check_target_directory(tmp_path / "target", env) == []


def test_outputs_of_configurations_that_are_gone(tmp_path, cache, env):
    from ferrule.cargo.slots import compute_slot

    (cache / "pyo3-config").mkdir()
    (cache / "pyo3-config" / "x.txt").write_text("version=3.12\n")
    out = tmp_path / "target" / "ferrule" / "out"
    known = str(compute_slot("version=3.12\n", link=False))
    for name in (known, "1001", "1002", "plain"):
        (out / name).mkdir(parents=True)
        (out / name / "lib.so").write_text("x")
        os.utime(out / name, (OLD, OLD))
    os.utime(out / "1002")
    found = {item.id: item for item in check_target_directory(tmp_path / "target", env)}
    assert found["target-size"].severity == "ok"
    stale = found["target-stale"]
    assert stale.details == (str(out / "1001"),)
    stale.fix.apply()
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [known, "1002", "plain"]
    )


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="needs two users")
def test_own_files_are_not_foreign(tmp_path, env):
    (tmp_path / "target").mkdir()
    found = check_target_directory(tmp_path / "target", env)
    assert [item.id for item in found] == ["target-size"]


@pytest.mark.skipif(os.name == "nt", reason="users")
def test_files_of_another_user(tmp_path, env, monkeypatch):
    (tmp_path / "target").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    found = check_target_directory(tmp_path / "target", env)[1]
    assert found.id == "target-foreign"
    assert found.remedy == (f"sudo chown -R 4711 {tmp_path / 'target'}",)
