"""Published wheels need no repair: their own tools saw to it."""

from __future__ import annotations

import platformdirs
import pytest
from published_wheels import fetch, read_table

from ferrule.pipeline.finished.repair import RepairOptions, repair_wheel
from ferrule.repair.wishes import RepairWishes

pytestmark = [pytest.mark.build, pytest.mark.network]


def test_published_wheels_stay_byte_for_byte(user_env, tmp_path):
    folder = platformdirs.user_cache_path("ferrule-tests") / "wheels"
    options = RepairOptions(RepairWishes(uses_host=False))
    changed = []
    for wheel in read_table():
        path = fetch(wheel, folder, user_env)
        done = repair_wheel(path, tmp_path, options)
        if done.is_changed or done.path.read_bytes() != path.read_bytes():
            changed.append(f"{path.name}: {done.plan.to_lines()} {done.plan.platforms}")
        done.path.unlink()
    assert changed == []
