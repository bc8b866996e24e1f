"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const one = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  /* ------------------------------------------------------------------ theme */

  const root = document.documentElement;
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  const themeButton = one(".theme");
  const remembered = (value) => {
    try {
      if (value) localStorage.setItem("ferrule-theme", value);
      return localStorage.getItem("ferrule-theme");
    } catch {
      return null; /* pages of the file system may have no memory */
    }
  };
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : darkSystem.matches;
  const nameTheme = () => {
    themeButton.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  const memory = remembered();
  if (memory === "dark" || memory === "light") root.dataset.theme = memory;
  themeButton.hidden = false;
  nameTheme();
  darkSystem.addEventListener("change", nameTheme);
  themeButton.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered(root.dataset.theme);
    nameTheme();
  });

  /* ------------------------------------------------------------- navigation */

  const links = all("body > nav a");
  const sections = links.map((link) => one(link.getAttribute("href")));
  const markSection = () => {
    let current = 0;
    sections.forEach((section, index) => {
      if (section.getBoundingClientRect().top < innerHeight / 3) current = index;
    });
    links.forEach((link, index) => {
      if (index === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  addEventListener("scroll", markSection, { passive: true });
  markSection();

  /* ----------------------------------------------------------------- search */

  for (const article of all(".abi")) {
    const field = one(".search input", article);
    const count = one(".count", article);
    const rows = all("tr.symbol", article);
    one(".search", article).hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted
        ? `${shown} of ${rows.length} names`
        : `${rows.length} names`;
    });
  }

  /* --------------------------------------------------------------- size map */

  if (!data.sizes) return;
  const { nodes, views, shapes } = data.sizes;
  const host = one(".size-map");
  const map = one(".map", host);
  const crumbs = one(".crumbs", host);
  const detail = one(".map-detail", host);
  const svgName = "http://www.w3.org/2000/svg";
  const make = (name, attributes, text) => {
    const found = document.createElementNS(svgName, name);
    for (const key in attributes) found.setAttribute(key, attributes[key]);
    if (text !== undefined) found.textContent = text;
    return found;
  };
  let view = 0;
  let shape = "";
  let tiles = [];
  let active = 0;

  const sizeText = (size) => {
    if (size < 1000) return `${size} B`;
    let value = size;
    let unit = "";
    for (unit of ["kB", "MB", "GB"]) {
      value /= 1000;
      if (value < 999.5) break;
    }
    return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
  };
  const shareText = (part, whole) => {
    const share = whole ? (100 * part) / whole : 0;
    return `${share >= 9.95 || share === 0 ? share.toFixed(0) : share.toFixed(1)} %`;
  };
  const pathOf = (number) => {
    const names = [];
    for (let at = number; at > 0; at = nodes[at].p) names.unshift(nodes[at].n);
    return names.join(" / ") || nodes[0].n;
  };
  const describe = (number) => {
    const node = nodes[number];
    const packed = node.z ? `, ${sizeText(node.z)} in the wheel` : "";
    const share = shareText(node.s, nodes[0].s);
    return `${pathOf(number)}: ${sizeText(node.s)}${packed}, ${share} of all`;
  };

  const shapeNow = () => {
    const width = map.clientWidth;
    return width < 480 ? "tall" : width < 800 ? "middle" : "wide";
  };

  const shortened = (text, room, size) => {
    const fits = Math.floor(room / (size * 0.58));
    if (text.length <= fits) return text;
    return fits < 5 ? "" : `${text.slice(0, fits - 1)}\u2026`;
  };

  const tileOf = (row, scale) => {
    const [number, , x, y, width, height] = row;
    const node = nodes[number];
    const opens = node.v >= 0;
    const group = make("g", {
      class: `tile ${node.c}${opens ? " open" : ""}`,
      role: "button",
      tabindex: "-1",
      "aria-label": describe(number) + (opens ? ", opens" : ""),
    });
    group.append(make("rect", { x, y, width, height }));
    /* Texts keep their size on the screen, whatever the drawing is scaled to. */
    const font = 12 / scale;
    const room = width - 12 / scale;
    const isLong = node.n.length * font * 0.58 > room;
    const label = isLong && node.k === "section" ? node.n.split(",").pop() : node.n;
    const name = shortened(label, room, font);
    if (name && height > 17 / scale) {
      const left = x + 6 / scale;
      const top = y + 14.5 / scale;
      group.append(make("text", { x: left, y: top, "font-size": font }, name));
      const hasInside = views[view].rows.has(number);
      const size = sizeText(node.s);
      const sizeFits = size.length * font * 0.58 < room;
      if (!hasInside && sizeFits && height > 34 / scale) {
        const below = top + 15 / scale;
        const attributes = { x: left, y: below, "font-size": font, class: "size" };
        group.append(make("text", attributes, size));
      } else if (hasInside && (name.length + size.length + 3) * font * 0.58 < room) {
        const attributes = {
          x: x + width - 6 / scale, y: top, "font-size": font, class: "size",
          "text-anchor": "end",
        };
        group.append(make("text", attributes, size));
      }
    }
    group.addEventListener("focus", () => {
      activate(tiles.findIndex((tile) => tile.group === group));
    });
    group.addEventListener("mouseenter", () => {
      detail.textContent = describe(number);
    });
    group.addEventListener("click", () => {
      if (opens) enter(node.v, number);
      else group.focus();
    });
    return { group, number, x, y, width, height, depth: row[1] };
  };

  const activate = (index) => {
    if (!tiles[index]) return;
    if (tiles[active]) tiles[active].group.setAttribute("tabindex", "-1");
    active = index;
    tiles[active].group.setAttribute("tabindex", "0");
    detail.textContent = describe(tiles[active].number);
  };

  const drawCrumbs = () => {
    const chain = [];
    for (let at = views[view].node; at >= 0; at = nodes[at].p) chain.unshift(at);
    const parts = chain.map((number, place) => {
      const isLast = place === chain.length - 1;
      const item = document.createElement(isLast || nodes[number].v < 0 ? "span" : "button");
      item.textContent = nodes[number].n;
      if (isLast) item.setAttribute("aria-current", "location");
      else if (item.tagName === "BUTTON") {
        item.type = "button";
        item.addEventListener("click", () => enter(nodes[number].v, chain[place + 1]));
      }
      return item;
    });
    crumbs.replaceChildren();
    parts.forEach((part, place) => {
      if (place) crumbs.append(" \u203a ");
      crumbs.append(part);
    });
  };

  const draw = () => {
    shape = shapeNow();
    const [width, height] = shapes[shape];
    const rows = views[view][shape];
    const inner = rows.filter((row) => row[1] > 0).map((row) => nodes[row[0]].p);
    views[view].rows = new Set(inner);
    const scale = map.clientWidth / width || 1;
    const picture = make("svg", {
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": `Sizes in ${nodes[views[view].node].n}`,
    });
    tiles = rows.map((row) => tileOf(row, scale));
    picture.append(...tiles.map((tile) => tile.group));
    map.replaceChildren(picture);
    active = 0;
    if (tiles.length) tiles[0].group.setAttribute("tabindex", "0");
    drawCrumbs();
  };

  const enter = (next, from) => {
    const hadFocus = host.contains(document.activeElement);
    const isInside = nodes[views[next].node].p >= 0;
    view = next;
    draw();
    map.classList.remove("entering");
    void map.offsetWidth; /* lets the animation begin again */
    map.classList.add("entering");
    const index = Math.max(0, tiles.findIndex((tile) => tile.number === from));
    activate(index);
    if (hadFocus && tiles.length) tiles[index].group.focus();
    else if (isInside) detail.textContent = describe(views[next].node);
  };

  const leave = () => {
    const from = views[view].node;
    for (let at = nodes[from].p; at >= 0; at = nodes[at].p) {
      if (nodes[at].v >= 0) return enter(nodes[at].v, from);
    }
  };

  /* Of a tile with others inside, only the strip with its name counts. */
  const box = (tile) => {
    const isOuter = views[view].rows.has(tile.number);
    const height = isOuter ? Math.min(22, tile.height) : tile.height;
    return {
      left: tile.x, right: tile.x + tile.width, top: tile.y, bottom: tile.y + height,
    };
  };

  const nearest = (key) => {
    const here = box(tiles[active]);
    const isAcross = key === "ArrowLeft" || key === "ArrowRight";
    const [start, end] = isAcross ? ["top", "bottom"] : ["left", "right"];
    const gapTo = (other) => ({
      ArrowLeft: here.left - other.right,
      ArrowRight: other.left - here.right,
      ArrowUp: here.top - other.bottom,
      ArrowDown: other.top - here.bottom,
    }[key]);
    let best = -1;
    let least = Infinity;
    tiles.forEach((tile, index) => {
      const other = box(tile);
      const gap = gapTo(other);
      if (index === active || gap < -1.5) return;
      const apart = Math.max(0, other[start] - here[end], here[start] - other[end]);
      const shift = Math.abs(other[start] - here[start]);
      const cost = Math.max(0, gap) + 4 * apart + shift / 100;
      if (cost < least) [best, least] = [index, cost];
    });
    return best;
  };

  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !tiles.length) return;
    const node = nodes[tiles[active].number];
    let next = -1;
    if (event.key.startsWith("Arrow")) next = nearest(event.key);
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = tiles.length - 1;
    else if (event.key === "Enter" || event.key === " ") {
      if (node.v >= 0) enter(node.v, tiles[active].number);
    } else if (event.key === "Escape" || event.key === "Backspace") leave();
    else return;
    event.preventDefault();
    if (next >= 0) tiles[next].group.focus();
  });

  host.hidden = false;
  draw();
  detail.textContent = describe(0);
  let waiting = 0;
  let drawnWidth = map.clientWidth;
  const redraw = () => {
    if (!map.clientWidth || map.clientWidth === drawnWidth) return;
    drawnWidth = map.clientWidth;
    const hadFocus = map.contains(document.activeElement);
    const number = tiles[active] && tiles[active].number;
    draw();
    const index = Math.max(0, tiles.findIndex((tile) => tile.number === number));
    activate(index);
    if (hadFocus && tiles.length) tiles[index].group.focus();
  };
  addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(redraw);
  });
})();
