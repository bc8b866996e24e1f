"""The page of `ferrule inspect --html` in a real browser without a window.

Needs Chromium and its driver. Screenshots are kept in the folder that
`FERRULE_TEST_ARTIFACTS` names.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from published_wheels import Published, fetch

pytestmark = [pytest.mark.build, pytest.mark.network]

PUBLISHED = {
    "linux": "rpds_py-0.27.1-cp312-cp312-musllinux_1_2_x86_64.whl",
    "macos": "cryptography-45.0.7-cp311-abi3-macosx_10_9_universal2.whl",
    "windows": "psutil-7.1.0-cp37-abi3-win_amd64.whl",
    "older": "rpds_py-0.27.1-cp313-cp313t-manylinux_2_17_aarch64.manylinux2014_aarch64"
    ".whl",
}
BROWSERS = ("chromium", "google-chrome", "chrome")
CONTRAST = 4.5
"""Of text to its ground, for both themes (WCAG 2.2, success criterion 1.4.3)."""

MEASURE_CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", {
  willReadFrequently: true,
});
const parse = (text) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => {
  const part = (v) =>
    (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const over = (top, ground, share) =>
  ground.map((value, index) => value + (top[index] - value) * share);
const groundOf = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    const tile = at.matches("g.tile") && at.querySelector("rect");
    if (tile) return parse(getComputedStyle(tile).fill);
    const colour = parse(style.backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || seen.has(element)) continue;
  seen.add(element);
  if (element.closest("script, style, [hidden]") || !element.getClientRects().length)
    continue;
  const style = getComputedStyle(element);
  const ground = groundOf(element);
  const ink = parse(element.namespaceURI.includes("svg") ? style.fill : style.color);
  const seenInk = over(ink, ground, (ink[3] / 255) * parseFloat(style.opacity));
  const [one, other] = [light(seenInk), light(ground)];
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  found.push([ratio, element.textContent.slice(0, 60), element.className.toString()]);
}
return found.sort((a, b) => a[0] - b[0]);
"""


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory) -> Path:
    """Return where screenshots are kept."""
    asked = os.environ.get("FERRULE_TEST_ARTIFACTS")
    folder = Path(asked) if asked else tmp_path_factory.mktemp("artifacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Browser:
    """A browser window that remembers what it asked the network for."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def call(self, command: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def open(
        self,
        page: Path,
        *,
        theme: str = "light",
        width: int = 1200,
        motion: bool = True,
    ) -> None:
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "" if motion else "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.driver.get(page.as_uri())
        self.run("localStorage.clear()")
        self.driver.refresh()

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focused(self) -> str:
        """Return the label of what has the focus."""
        text: str = self.run(
            "const at = document.activeElement;"
            "return at.getAttribute('aria-label') || at.textContent.trim()"
        )
        return text

    def text(self, selector: str) -> str:
        text: str = self.run(
            "return document.querySelector(arguments[0]).textContent", selector
        )
        return text

    def screenshot(self, path: Path) -> None:
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, 8000), "scale": 1}
        shot = self.call(
            "Page.captureScreenshot", captureBeyondViewport=True, clip=clip
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> set[str]:
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"])
        return found


@pytest.fixture(scope="session")
def browser():
    """Return the browser; skip where none is installed, unless it is required."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if not program or not driver:
        if "chromium" in os.environ.get("FERRULE_TEST_REQUIRE", "").split():
            pytest.fail("chromium and chromedriver are required here")
        pytest.skip("chromium and chromedriver are not installed")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = program
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage"):
        options.add_argument(f"--{word}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    service = Service(driver)
    window = Chrome(options=options, service=service)
    yield Browser(window)
    window.quit()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, run_ferrule, user_env):
    """Return a function that gives a wheel: of an example, or a published one."""
    cache = platformdirs.user_cache_path("ferrule-tests") / "wheels"

    def get(name: str) -> Path:
        if name != "example":
            return fetch(Published(PUBLISHED[name]), cache, user_env)
        folder = tmp_path_factory.mktemp("example")
        source = Path(__file__).resolve().parents[2] / "examples" / "mixed-package"
        left_out = shutil.ignore_patterns("target", "dist")
        project = shutil.copytree(source, folder / source.name, ignore=left_out)
        dist = folder / "dist"
        run_ferrule("build", "--profile", "dev", "--out", dist, cwd=project).check()
        return next(dist.glob("*.whl"))

    return get


@pytest.fixture(scope="session")
def page(tmp_path_factory, run_ferrule, wheel):
    """Return a function that gives the page of a wheel, or of a comparison."""
    folder = tmp_path_factory.mktemp("pages")

    def get(name: str) -> Path:
        path: Path = folder / f"{name}.html"
        if not path.exists():
            if name == "difference":
                subjects = [wheel("older"), "--diff", wheel("linux")]
            else:
                subjects = [wheel(name)]
            run_ferrule("inspect", *subjects, "--html", path, cwd=folder).check()
        return path

    return get


NAMES = ("example", "linux", "macos", "windows", "difference")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_readable_everywhere(name, page, browser, artifacts):
    for theme, width in (
        ("light", 1200),
        ("dark", 1200),
        ("light", 360),
        ("dark", 360),
    ):
        browser.open(page(name), theme=theme, width=width)
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        contrasts = browser.run(MEASURE_CONTRAST)
        assert len(contrasts) > 20
        assert [item for item in contrasts if item[0] < CONTRAST] == []
        across = browser.run("return document.documentElement.scrollWidth")
        assert across <= width
        browser.run("document.querySelectorAll('details').forEach(d => d.open = false)")
        browser.screenshot(artifacts / f"inspect-{name}-{theme}-{width}.png")
    assert browser.complaints() == []
    assert browser.requests() == {page(name).as_uri()}


def test_the_theme_can_be_chosen_and_is_remembered(page, browser):
    from selenium.webdriver.common.by import By

    def ground() -> str:
        return str(
            browser.run("return getComputedStyle(document.body).backgroundColor")
        )

    browser.open(page("linux"), theme="dark")
    dark = ground()
    button = browser.driver.find_element(By.CSS_SELECTOR, ".theme")
    assert button.text == "Light theme"
    button.click()
    assert ground() != dark
    assert button.text == "Dark theme"
    browser.driver.refresh()
    assert ground() != dark
    browser.driver.find_element(By.CSS_SELECTOR, ".theme").click()
    assert ground() == dark


def test_the_size_map_by_keyboard(page, browser, artifacts):
    from selenium.webdriver.common.keys import Keys

    browser.open(page("macos"))
    browser.press(Keys.TAB)
    assert browser.focused() == "Skip to the content"
    browser.press(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "content"
    browser.press(Keys.TAB)
    assert browser.focused().startswith("cryptography: 21.9 MB")
    outline = "return getComputedStyle(document.activeElement.firstChild).strokeWidth"
    assert browser.run(outline) == "3px"

    steps = [(Keys.ARROW_DOWN, 5), (Keys.ARROW_RIGHT, 6), (Keys.ARROW_UP, 4)]
    visited = [browser.focused()]
    for key, times in steps:
        for _ in range(times):
            browser.press(key)
            visited.append(browser.focused())
    words = [text.partition(":")[0].rpartition(" / ")[2] for text in visited]
    assert words[:6] == [
        "cryptography",
        "hazmat",
        "bindings",
        "_rust.abi3.so",
        "x86_64",
        "__TEXT,__text",
    ]
    assert len(set(words)) >= 10
    assert browser.text(".map-detail") == browser.focused().removesuffix(", opens")

    browser.press(Keys.HOME, Keys.ENTER)
    assert browser.text(".crumbs [aria-current]") == "cryptography"
    browser.press(*[Keys.ENTER] * 4)
    crumbs = browser.text(".crumbs")
    assert "_rust.abi3.so" in crumbs
    assert "__TEXT,__text" in browser.focused()
    browser.screenshot(artifacts / "inspect-macos-inside.png")
    browser.press(*[Keys.ESCAPE] * 5)
    assert browser.text(".crumbs") == browser.text(".crumbs [aria-current]")
    assert browser.text(".crumbs").endswith(".whl")
    browser.press(Keys.TAB)
    inside = "return !!document.activeElement.closest('.map')"
    assert browser.run(inside) is False, "one stop for all tiles"
    assert browser.complaints() == []


def test_the_focus_stays_when_the_window_changes(page, browser):
    from selenium.webdriver.common.keys import Keys

    browser.open(page("macos"))
    browser.press(Keys.TAB, Keys.ENTER, Keys.TAB, Keys.ARROW_DOWN)
    before = browser.focused()
    assert "hazmat" in before
    for width in (700, 360):
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        browser.driver.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
        )
        assert browser.focused() == before


def test_the_size_map_by_touch(page, browser):
    from selenium.webdriver.common.by import By

    browser.open(page("linux"), width=360)
    top = browser.text(".crumbs")
    browser.run("document.querySelector('.size-map').scrollIntoView()")
    tile = "return document.querySelector('.tile.open')"
    size = browser.run(tile).size
    assert size["width"] >= 44
    browser.run(tile).find_element(By.CSS_SELECTOR, "text").click()
    assert browser.text(".crumbs") != top
    browser.driver.find_element(By.CSS_SELECTOR, ".crumbs button").click()
    assert browser.text(".crumbs") == top


def test_every_part_has_a_picture_without_gaps(page, browser):
    """Tiles of the first level cover the drawing."""
    browser.open(page("windows"))
    share = browser.run(
        "const svg = document.querySelector('.map svg').getBoundingClientRect();"
        "let area = 0;"
        "const { nodes, views } = JSON.parse("
        "  document.getElementById('data').textContent).sizes;"
        "const rows = views[0].wide.filter((row) => row[1] === 0);"
        "for (const row of rows) area += row[4] * row[5];"
        "return area / 1000 / 480"
    )
    assert share == pytest.approx(1, abs=0.01)


def test_names_of_python_are_found(page, browser):
    from selenium.webdriver.common.by import By

    browser.open(page("macos"))
    article = browser.driver.find_element(By.CSS_SELECTOR, ".abi")
    field = article.find_element(By.CSS_SELECTOR, "input")
    assert field.accessible_name.startswith("Search ")

    def shown() -> list[str]:
        names: list[str] = browser.run(
            "return [...document.querySelectorAll('.abi tr.symbol')]"
            ".filter(row => row.getClientRects().length)"
            ".map(row => row.cells[0].textContent)"
        )
        return names

    every = len(shown())
    field.send_keys("pybuffer")
    assert shown() == ["PyBuffer_Release"]
    assert article.find_element(By.CSS_SELECTOR, ".count").text == f"1 of {every} names"
    field.send_keys("zzz")
    assert shown() == []
    field.clear()
    field.send_keys(" ")
    assert len(shown()) == every


def test_motion_is_reduced_where_it_is_not_wanted(page, browser):
    name = (
        "const map = document.querySelector('.map'); map.classList.add('entering');"
        "return getComputedStyle(map.firstChild).animationName"
    )
    browser.open(page("linux"))
    assert browser.run(name) == "enter"
    browser.open(page("linux"), motion=False)
    assert browser.run(name) == "none"


def test_headings_and_regions_are_named(page, browser):
    browser.open(page("linux"))
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    unnamed = browser.run(
        "return [...document.querySelectorAll('button, input, [tabindex=\"0\"], a')]"
        ".filter(item => item.getClientRects().length)"
        ".filter(item => !(item.getAttribute('aria-label') || item.textContent.trim()"
        " || (item.labels && item.labels.length))).map(item => item.outerHTML)"
    )
    assert unnamed == []
    levels = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3')].map(h => +h.tagName[1])"
    )
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    one_tile = "return document.querySelectorAll('.tile[tabindex=\"0\"]').length"
    assert browser.run(one_tile) == 1


def test_a_hostile_wheel_runs_nothing(browser, tmp_path, run_ferrule):
    """Even a script that got past the escaping would be refused by the policy."""
    import zipfile

    change = "document.title='pwned'"
    bad = f"<script>{change}</script><img src=x onerror={change}>"
    wheel = tmp_path / "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("evil/<script>document.title='pwned'.py", "x = 1\n" * 500)
        head = f"Metadata-Version: 2.1\nName: evil\nVersion: 1.0\nSummary: {bad}\n"
        archive.writestr(
            "evil-1.0.dist-info/METADATA", head + f"Requires-Dist: {bad}\n"
        )
        archive.writestr("evil-1.0.dist-info/WHEEL", f"Generator: {bad}\n")
        archive.writestr("evil-1.0.dist-info/RECORD", "")
    page = tmp_path / "evil.html"
    run_ferrule("inspect", wheel, "--html", page, cwd=tmp_path).check()
    browser.open(page)
    assert browser.driver.title == "evil 1.0"
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []
    page.write_text(
        page.read_text(encoding="utf-8").replace('<main id="content"', f"{bad}<main"),
        encoding="utf-8",
    )
    browser.open(page)
    assert browser.driver.title == "evil 1.0"
    assert any("Content Security Policy" in text for text in browser.complaints())
    browser.requests()


def test_without_scripts_the_tables_tell_the_same(page, browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.driver.get(page("linux").as_uri())
        from selenium.webdriver.common.by import By

        visible = browser.driver.find_element(By.CSS_SELECTOR, "#sizes table").text
        assert "rpds/rpds.cpython-312-x86_64-linux-musl.so" in visible
        maps = browser.driver.find_element(By.CSS_SELECTOR, ".size-map")
        assert not maps.is_displayed()
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
