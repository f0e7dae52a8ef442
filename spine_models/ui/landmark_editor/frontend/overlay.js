// Landmarks over the film, drawn as SVG in screen coordinates so that lines and text stay crisp at any zoom.

import { centre, vertebraTilts } from "./geometry.js";

const SVG = "http://www.w3.org/2000/svg";
const CORNERS = ["TL", "TR", "BL", "BR"];

export class Overlay {
  constructor(svg) {
    this.svg = svg;
    this.layers = Object.fromEntries(
      ["masks", "lines", "tilt", "corners", "names"].map((name) => [name, add(svg, "g", { class: `le-${name}` })]),
    );
    this.landmarks = null;
    this.curves = [];
  }

  showLayers(shown) {
    this.shown = shown;
    for (const [name, layer] of Object.entries(this.layers)) layer.style.display = shown[name] ? "" : "none";
  }

  // New vertebrae or curves: build the elements; draw() then only moves them.
  setContent(landmarks, curves, largest) {
    this.landmarks = landmarks;
    this.curves = curves;
    for (const layer of Object.values(this.layers)) layer.replaceChildren();
    if (!landmarks) return;
    this.vertebrae = landmarks.levels.map((level, row) => this.buildVertebra(level, row));
    this.drawnCurves = curves.map((curve) => this.buildCurve(curve, largest));
  }

  buildVertebra(level, row) {
    const colour = this.landmarks.colours[row];
    const mask = add(this.layers.masks, "polygon", { fill: colour, stroke: colour });
    const handles = CORNERS.map((corner, index) =>
      add(this.layers.corners, "circle", {
        fill: colour,
        "data-level": level,
        "data-corner": corner,
        "data-source": this.landmarks.source[row][index],
      }),
    );
    const name = add(this.layers.names, "text", {});
    name.textContent = level;
    const tiltLine = add(this.layers.tilt, "line", { stroke: colour });
    const tiltText = add(this.layers.tilt, "text", { fill: colour, "text-anchor": "end" });
    return { mask, handles, name, tiltLine, tiltText };
  }

  buildCurve(curve, largest) {
    const isLargest = Boolean(largest) && curve.upper === largest.upper && curve.lower === largest.lower;
    const group = add(this.layers.lines, "g", {
      class: isLargest ? "le-curve le-largest" : "le-curve",
      "data-upper": curve.upper,
      "data-lower": curve.lower,
    });
    const lines = [curve.upperLine, curve.lowerLine].map(() => ({
      halo: add(group, "line", { class: "le-halo" }),
      line: add(group, "line", {}),
    }));
    const label = add(group, "text", { "text-anchor": curve.side === "left" ? "end" : "start" });
    label.textContent = `${curve.angle.toFixed(1)}°`;
    return { lines, label };
  }

  draw(view) {
    if (!this.landmarks) return;
    const corners = this.landmarks.corners.map((vertebra) => vertebra.map((point) => view.toScreen(point)));
    const sizes = corners.map(([tl, tr, bl, br]) => distance(middle(tl, bl), middle(tr, br)));
    const size = sizes.reduce((sum, value) => sum + value, 0) / sizes.length;
    const tilts = vertebraTilts(this.landmarks.corners);
    const em = Math.min(15, Math.max(10, size * 0.26));
    this.svg.style.fontSize = `${em}px`;
    corners.forEach((vertebra, row) => this.drawVertebra(this.vertebrae[row], vertebra, size, tilts[row]));
    this.curves.forEach((curve, index) => this.drawCurve(this.drawnCurves[index], curve, view, corners, em));
  }

  drawVertebra({ mask, handles, name, tiltLine, tiltText }, [tl, tr, bl, br], size, tilt) {
    set(mask, { points: [tl, tr, br, bl].map((point) => point.join(",")).join(" ") });
    const radius = Math.min(5, Math.max(1.6, size * 0.05));
    [tl, tr, bl, br].forEach(([cx, cy], index) => set(handles[index], { cx, cy, r: radius }));
    const [left, right] = [middle(tl, bl), middle(tr, br)];
    set(name, { x: Math.max(tr[0], br[0]) + 6, y: right[1] });
    set(tiltLine, { x1: left[0], y1: left[1], x2: right[0], y2: right[1] });
    set(tiltText, { x: Math.min(tl[0], bl[0]) - 6, y: left[1] });
    tiltText.textContent = `${tilt.toFixed(1)}°`;
  }

  drawCurve({ lines, label }, curve, view, corners, em) {
    [curve.upperLine, curve.lowerLine].forEach((line, index) => {
      const [[x1, y1], [x2, y2]] = line.map((point) => view.toScreen(point));
      set(lines[index].halo, { x1, y1, x2, y2 });
      set(lines[index].line, { x1, y1, x2, y2 });
    });
    const apex = corners[this.landmarks.levels.indexOf(curve.apex)];
    const across = apex.map((point) => point[0]);
    // On the convex side, beside the tilts (left) or the level names (right).
    const left = Math.min(...across) - this.room("tilt", 4 * em);
    const right = Math.max(...across) + this.room("names", 3 * em);
    set(label, { x: curve.side === "left" ? left : right, y: centre(apex)[1] });
  }

  room(layer, width) {
    return 10 + (this.shown[layer] ? width : 0);
  }
}

function add(parent, tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  parent.append(element);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function middle(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
