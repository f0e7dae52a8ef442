// Films under one view. The view { x, y, scale } is in units all films share: a film's point is
// origin + unit * (x, y), and scale is CSS pixels per unit, so that the spines are always equally large.

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.3; // zoom of a key or button
const CLOSEST = 60; // times the size of the whole films
const NUDGE = 60; // CSS pixels by an arrow key
const TEXT = 13; // CSS pixels
const MARGIN = 0.06; // of the spines' length, round them
const ARROWS = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] };
const rows = new WeakMap();

class Row {
  constructor(root) {
    this.root = root;
    this.grid = root.querySelector(".lf-films");
    this.panels = [];
    this.films = [];
    this.shown = null;
    this.fitted = "films";
    this.pointers = new Map();
    this.toggle("guide", false);
    root.querySelector(".lf-tools").addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.observer = new ResizeObserver(() => (this.fitted ? this.fit(this.fitted) : this.draw()));
  }

  update({ films, panels, start }, reportMissing) {
    this.films = panels.map((panel) => ({ ...films[panel.film], ...panel }));
    while (this.panels.length < panels.length) this.add();
    while (this.panels.length > panels.length) this.remove();
    this.films.forEach((film, place) => build(this.panels[place], film, reportMissing));
    this.offer("apart", panels.some((panel) => panel.moves.length || panel.ellipses.length));
    this.offer("guide", panels.some((panel) => panel.guide.length));
    const shown = panels.map((panel) => panel.id).join();
    if (shown !== this.shown) this.fit(start);
    else if (this.fitted) this.fit(this.fitted);
    else this.draw();
    this.shown = shown;
  }

  add() {
    const figure = document.createElement("figure");
    const panel = make("svg", { tabindex: 0, role: "img" });
    const note = Object.assign(document.createElement("div"), { className: "lf-note" });
    figure.append(document.createElement("figcaption"), panel, note);
    this.grid.append(figure);
    this.panels.push(panel);
    this.listen(panel);
    this.observer.observe(panel);
  }

  remove() {
    const panel = this.panels.pop();
    this.observer.unobserve(panel);
    panel.parentElement.remove();
  }

  // A layer no film has needs no button.
  offer(layer, there) {
    this.root.querySelector(`[data-layer="${layer}"]`).hidden = !there;
  }

  toggle(layer, on) {
    this.root.classList.toggle(`lf-without-${layer}`, !on);
    this.root.querySelector(`[data-layer="${layer}"]`).setAttribute("aria-pressed", String(on));
  }

  // The smallest rectangle in shared units that holds all films, or all spines, in the smallest of the panels.
  fit(what) {
    const films = this.films.map(filmEdges);
    const spines = this.films.map(spineEdges).filter(Boolean);
    const [left, top, right, bottom] = around(what === "spines" && spines.length ? spines : films);
    this.grid.style.setProperty("--lf-aspect", (right - left) / (bottom - top)); // no taller than what is shown
    this.whole = this.scaleFor(around(films));
    this.view = { x: (left + right) / 2, y: (top + bottom) / 2, scale: this.scaleFor([left, top, right, bottom]) };
    this.fitted = what;
    this.draw();
  }

  scaleFor([left, top, right, bottom]) {
    const [across, down] = this.room();
    return Math.min(across / (right - left), down / (bottom - top));
  }

  room() {
    const least = (side) => Math.max(1, Math.min(...this.panels.map((panel) => panel[side])));
    return [least("clientWidth"), least("clientHeight")];
  }

  // px, py: CSS pixels from the middle of a panel; the point there stays there.
  zoom(factor, px = 0, py = 0) {
    const scale = Math.min(this.whole * CLOSEST, Math.max(this.whole / 2, this.view.scale * factor));
    this.view.x += px / this.view.scale - px / scale;
    this.view.y += py / this.view.scale - py / scale;
    this.view.scale = scale;
    this.fitted = null;
    this.draw();
  }

  move(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y -= dy / this.view.scale;
    this.fitted = null;
    this.draw();
  }

  draw() {
    this.films.forEach(({ origin, unit }, place) => {
      const panel = this.panels[place];
      const perPixel = unit / this.view.scale; // film pixels per CSS pixel
      const [width, height] = [panel.clientWidth * perPixel, panel.clientHeight * perPixel];
      const [x, y] = [origin[0] + unit * this.view.x - width / 2, origin[1] + unit * this.view.y - height / 2];
      panel.setAttribute("viewBox", [x, y, width, height].join(" "));
      panel.setAttribute("font-size", TEXT * perPixel);
    });
  }

  press(button) {
    if (!button) return;
    if (button.dataset.do === "closer") this.zoom(STEP);
    if (button.dataset.do === "away") this.zoom(1 / STEP);
    if (["films", "spines"].includes(button.dataset.do)) this.fit(button.dataset.do);
    if (button.dataset.layer) this.toggle(button.dataset.layer, button.getAttribute("aria-pressed") === "false");
  }

  listen(panel) {
    panel.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 500), ...fromMiddle(panel, event));
    }, { passive: false });
    panel.addEventListener("pointerdown", (event) => {
      panel.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, event);
    });
    panel.addEventListener("pointermove", (event) => this.drag(panel, event));
    for (const end of ["pointerup", "pointercancel"])
      panel.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    panel.addEventListener("keydown", (event) => this.key(event));
  }

  // One pointer moves, two pinch.
  drag(panel, event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const other = [...this.pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    if (other) this.zoom(apart(event, other) / Math.max(1, apart(before, other)), ...fromMiddle(panel, other));
    else this.move(event.clientX - before.clientX, event.clientY - before.clientY);
    this.pointers.set(event.pointerId, event);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) this.move(...ARROWS[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.fit("films");
    else return;
    event.preventDefault();
  }
}

function build(panel, film, reportMissing) {
  const [caption, , note] = panel.parentElement.children;
  const title = Object.assign(document.createElement("strong"), { textContent: film.title });
  const detail = Object.assign(document.createElement("span"), { className: "lf-detail", textContent: film.detail });
  caption.replaceChildren(title, detail);
  note.textContent = film.note;
  panel.setAttribute("aria-label", [film.title, film.detail, film.note].filter(Boolean).join(". "));
  const layers = [marks(film), guide(film), disagreement(film)];
  panel.replaceChildren(...(film.url ? [picture(film, reportMissing)] : []), ...layers);
}

function marks({ vertebrae, lines, labels }) {
  const layer = make("g", { class: "lf-marks" });
  for (const { level, colour, outline } of vertebrae) {
    const x = Math.max(...outline.map((point) => point[0]));
    const y = outline.reduce((sum, point) => sum + point[1], 0) / outline.length;
    layer.append(make("polygon", { points: outline.join(" "), stroke: colour, "data-level": level }));
    layer.append(make("text", { x, y, dx: "0.5em", dy: "0.35em" }, level));
  }
  for (const [[x1, y1], [x2, y2]] of lines) layer.append(make("line", { x1, y1, x2, y2 }));
  for (const { text, at: [x, y] } of labels) // under the left end of the line, which may lie beyond the film
    layer.append(make("text", { x: Math.max(x, 0), y, dy: "1.1em", class: "lf-label" }, text));
  return layer;
}

function guide({ guide }) {
  const layer = make("g", { class: "lf-guide" });
  layer.append(...guide.map((outline) => make("polygon", { points: outline.join(" ") })));
  return layer;
}

function disagreement({ moves, ellipses }) {
  const layer = make("g", { class: "lf-apart" });
  for (const [[x1, y1], [x2, y2]] of moves) layer.append(make("line", { x1, y1, x2, y2 }));
  for (const { at: [cx, cy], radii: [rx, ry], turn, text } of ellipses) {
    const ellipse = make("ellipse", { cx, cy, rx, ry, transform: `rotate(${turn} ${cx} ${cy})` });
    ellipse.append(make("title", {}, text));
    layer.append(ellipse);
  }
  return layer;
}

// The smallest of [left, top, right, bottom] round several.
function around(edges) {
  const side = (place) => edges.map((edge) => edge[place]);
  return [Math.min(...side(0)), Math.min(...side(1)), Math.max(...side(2)), Math.max(...side(3))];
}

// [left, top, right, bottom] in shared units.
function filmEdges({ origin: [x, y], unit, width, height }) {
  return [-x / unit, -y / unit, (width - x) / unit, (height - y) / unit];
}

// The same round the vertebrae and what of the Cobb lines is on the film, null where there is no vertebra.
function spineEdges({ vertebrae, lines, origin, unit, width, height }) {
  const points = vertebrae.flatMap((vertebra) => vertebra.outline);
  if (!points.length) return null;
  const ends = lines.flat().map(([x, y]) => [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)]);
  const all = [...points, ...ends];
  const [xs, ys] = [0, 1].map((axis) => all.map((point) => (point[axis] - origin[axis]) / unit));
  const room = (Math.max(...ys) - Math.min(...ys)) * MARGIN;
  return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room];
}

function picture({ url, width, height }, reportMissing) {
  const image = make("image", { href: url, width, height });
  if (!url.startsWith("data:")) image.addEventListener("error", reportMissing, { once: true });
  return image;
}

function make(tag, attributes, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function fromMiddle(panel, { clientX, clientY }) {
  const box = panel.getBoundingClientRect();
  return [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2];
}

function apart(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector('[data-testid="linked-films"]');
  if (!rows.has(root)) rows.set(root, new Row(root));
  rows.get(root).update(data, () => setStateValue("film_missing", true));
  return () => {
    if (root.isConnected) return; // Streamlit also ends each call that the next one has overtaken
    rows.get(root)?.observer.disconnect();
    rows.delete(root);
  };
}
