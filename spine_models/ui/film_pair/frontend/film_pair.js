// Two films under one view. The view { x, y, scale } is in units both films share: a film's point is
// origin + unit * (x, y), and scale is CSS pixels per unit, so that the two spines are always equally large.

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.3; // zoom of a key or button
const CLOSEST = 60; // times the size of the whole films
const NUDGE = 60; // CSS pixels by an arrow key
const TEXT = 13; // CSS pixels
const ARROWS = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] };
const pairs = new WeakMap();

class Pair {
  constructor(root) {
    this.root = root;
    this.panels = [...root.querySelectorAll("svg")];
    this.films = [];
    this.shown = null;
    this.fitted = true;
    this.pointers = new Map();
    this.panels.forEach((panel) => this.listen(panel));
    root.querySelector(".fp-tools").addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.observer = new ResizeObserver(() => (this.fitted ? this.fit() : this.draw()));
    this.panels.forEach((panel) => this.observer.observe(panel));
  }

  update(films, reportMissing) {
    this.films = films;
    films.forEach((film, side) => build(this.panels[side], film, reportMissing));
    this.root.querySelectorAll("figcaption").forEach((caption, side) => (caption.textContent = films[side].title));
    const shown = films.map((film) => film.case).join();
    if (shown !== this.shown || this.fitted) this.fit();
    else this.draw();
    this.shown = shown;
  }

  // Both films whole: the smallest rectangle in shared units that holds both, in the smaller of the two panels.
  fit() {
    const edges = this.films.map(({ origin: [x, y], unit, width, height }) => [
      -x / unit, -y / unit, (width - x) / unit, (height - y) / unit,
    ]);
    const [left, top] = [0, 1].map((side) => Math.min(...edges.map((edge) => edge[side])));
    const [right, bottom] = [2, 3].map((side) => Math.max(...edges.map((edge) => edge[side])));
    const [across, down] = this.room();
    this.view = { x: (left + right) / 2, y: (top + bottom) / 2 };
    this.view.scale = this.whole = Math.min(across / (right - left), down / (bottom - top));
    this.fitted = true;
    this.draw();
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
    this.fitted = false;
    this.draw();
  }

  move(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y -= dy / this.view.scale;
    this.fitted = false;
    this.draw();
  }

  draw() {
    this.films.forEach(({ origin, unit }, side) => {
      const panel = this.panels[side];
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
    if (button.dataset.do === "fit") this.fit();
    if (button.dataset.do === "marks") {
      const bare = this.root.classList.toggle("fp-bare");
      button.setAttribute("aria-pressed", String(!bare));
    }
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
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }
}

function build(panel, film, reportMissing) {
  panel.setAttribute("aria-label", film.title);
  const marks = make("g", { class: "fp-marks" });
  for (const { level, colour, outline } of film.vertebrae) {
    const x = Math.max(...outline.map((point) => point[0]));
    const y = outline.reduce((sum, point) => sum + point[1], 0) / outline.length;
    marks.append(make("polygon", { points: outline.join(" "), stroke: colour, "data-level": level }));
    marks.append(make("text", { x, y, dx: "0.5em", dy: "0.35em" }, level));
  }
  for (const [[x1, y1], [x2, y2]] of film.lines) marks.append(make("line", { x1, y1, x2, y2 }));
  for (const { text, at } of film.labels)
    marks.append(make("text", { x: at[0], y: at[1], dx: "0.4em", dy: "1em", class: "fp-label" }, text));
  panel.replaceChildren(...(film.url ? [picture(film, reportMissing)] : []), marks);
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
  const root = parentElement.querySelector('[data-testid="film-pair"]');
  if (!pairs.has(root)) pairs.set(root, new Pair(root));
  pairs.get(root).update(data.films, () => setStateValue("film_missing", true));
  return () => {
    pairs.get(root)?.observer.disconnect();
    pairs.delete(root);
  };
}
