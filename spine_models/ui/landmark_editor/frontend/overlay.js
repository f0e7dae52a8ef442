// Landmarks over the film, drawn as SVG in screen coordinates so that lines and text stay crisp at any zoom.

import { centre, vertebraTilts } from "./geometry.js";
import { CORNERS, distance, mean, pointsOf } from "./spine.js";

const SVG = "http://www.w3.org/2000/svg";
const REACH = 2.486; // sigmas within which 95 % of a plane Gaussian lies
const HANDLE_AWAY = 26; // CSS pixels from the side of the selected vertebra to the handle that turns it

export class Overlay {
  constructor(svg) {
    this.svg = svg;
    this.layers = Object.fromEntries(
      ["masks", "spread", "ghost", "lines", "tilt", "selection", "corners", "names"].map((name) => [
        name,
        add(svg, "g", { class: `le-${name}` }),
      ]),
    );
    this.selectionMarks = {
      outline: add(this.layers.selection, "polygon", { class: "le-outline" }),
      part: add(this.layers.selection, "polyline", { class: "le-part" }),
      stem: add(this.layers.selection, "line", { class: "le-stem" }),
      turn: add(this.layers.selection, "circle", { class: "le-turn", r: 6, "data-handle": "rotate" }),
    };
    this.vertebrae = [];
  }

  showLayers(shown) {
    this.shown = shown;
    for (const [name, layer] of Object.entries(this.layers))
      layer.style.display = shown[name] === false || shown.all === false ? "none" : "";
  }

  // Other vertebrae: build their elements; draw() then only moves them.
  setVertebrae({ levels, source, colours, sigma }) {
    this.levels = levels;
    for (const name of ["masks", "spread", "tilt", "corners", "names"]) this.layers[name].replaceChildren();
    this.vertebrae = levels.map((level, row) => this.buildVertebra(level, colours[row], source[row], sigma[row]));
  }

  buildVertebra(level, colour, source, sigma) {
    const mask = add(this.layers.masks, "polygon", { fill: colour, stroke: colour });
    const handles = CORNERS.map((corner, index) =>
      add(this.layers.corners, "circle", {
        style: `--colour: ${colour}`,
        "data-level": level,
        "data-corner": corner,
        "data-source": source[index],
      }),
    );
    const name = add(this.layers.names, "text", {});
    name.textContent = level;
    const tiltLine = add(this.layers.tilt, "line", { stroke: colour });
    const tiltText = add(this.layers.tilt, "text", { fill: colour, "text-anchor": "end" });
    // A corner placed by hand has no spread.
    const rings = CORNERS.map((_, index) => {
      const reach = source[index] === "human" ? 0 : REACH * (sigma[index] ?? 0);
      return { ring: add(this.layers.spread, "circle", { stroke: colour }), reach };
    });
    return { mask, handles, name, tiltLine, tiltText, rings };
  }

  markHuman(row, points) {
    for (const index of points) {
      this.vertebrae[row].handles[index].dataset.source = "human";
      this.vertebrae[row].rings[index].reach = 0;
    }
  }

  // corners: film pixels; largest: the curve of the big number. Everything moves; while one vertebra is dragged its row
  // is given, and only what depends on it moves.
  draw(view, corners, curves, largest, selection, row = null) {
    if (!corners.length) return this.clear();
    this.screen = corners.map((vertebra) => vertebra.map((point) => view.toScreen(point)));
    const tilts = vertebraTilts(corners);
    this.scale = view.scale;
    this.resizeText(row);
    (row === null ? corners.keys() : [row]).forEach((index) => this.drawVertebra(index, tilts[index]));
    this.drawCurves(view, curves, largest);
    this.drawSelection(selection);
  }

  clear() {
    this.screen = [];
    for (const name of ["masks", "spread", "tilt", "corners", "names", "lines"]) this.layers[name].replaceChildren();
    this.layers.selection.style.visibility = "hidden";
  }

  resizeText(row) {
    if (row !== null) return;
    const sizes = this.screen.map(([tl, tr, bl, br]) => distance(mean([tl, bl]), mean([tr, br])));
    this.size = sizes.reduce((sum, value) => sum + value, 0) / sizes.length;
    this.em = Math.min(15, Math.max(10, this.size * 0.26));
    this.svg.style.fontSize = `${this.em}px`;
  }

  drawVertebra(row, tilt) {
    const { mask, handles, name, tiltLine, tiltText, rings } = this.vertebrae[row];
    const [tl, tr, bl, br] = this.screen[row];
    set(mask, { points: outline([tl, tr, bl, br]) });
    const radius = Math.min(5, Math.max(1.6, this.size * 0.05));
    [tl, tr, bl, br].forEach(([cx, cy], index) => {
      set(handles[index], { cx, cy, r: radius });
      set(rings[index].ring, { cx, cy, r: rings[index].reach * this.scale });
    });
    const [left, right] = [mean([tl, bl]), mean([tr, br])];
    set(name, { x: Math.max(tr[0], br[0]) + 6, y: right[1] });
    set(tiltLine, { x1: left[0], y1: left[1], x2: right[0], y2: right[1] });
    set(tiltText, { x: Math.min(tl[0], bl[0]) - 6, y: left[1] });
    tiltText.textContent = `${tilt.toFixed(1)}°`;
  }

  drawCurves(view, curves, largest) {
    this.layers.lines.replaceChildren(...curves.map((curve) => this.curve(view, curve, largest)));
  }

  curve(view, curve, largest) {
    const isLargest = curve.upper === largest.upper && curve.lower === largest.lower;
    const group = document.createElementNS(SVG, "g");
    const { upper, lower } = curve;
    set(group, { class: isLargest ? "le-curve le-largest" : "le-curve", "data-upper": upper, "data-lower": lower });
    for (const line of [curve.upperLine, curve.lowerLine]) {
      const [[x1, y1], [x2, y2]] = line.map((point) => view.toScreen(point));
      add(group, "line", { class: "le-halo", x1, y1, x2, y2 });
      add(group, "line", { x1, y1, x2, y2 });
    }
    const apex = this.screen[this.levels.indexOf(curve.apex)];
    const across = apex.map((point) => point[0]);
    // On the convex side, beside the tilts (left) or the level names (right).
    const left = Math.min(...across) - this.room("tilt", 4 * this.em);
    const right = Math.max(...across) + this.room("names", 3 * this.em);
    const leftwards = curve.side === "left";
    const label = add(group, "text", {
      "text-anchor": leftwards ? "end" : "start",
      x: leftwards ? left : right,
      y: centre(apex)[1],
    });
    label.textContent = `${curve.angle.toFixed(1)}°`;
    return group;
  }

  room(layer, width) {
    return 10 + (this.shown[layer] ? width : 0);
  }

  drawSelection(selection) {
    this.layers.selection.style.visibility = selection ? "" : "hidden";
    this.svg.querySelector(".le-chosen")?.classList.remove("le-chosen");
    if (!selection) return;
    const vertebra = this.screen[selection.row];
    const { outline: ring, part, stem, turn } = this.selectionMarks;
    const points = pointsOf(selection);
    set(ring, { points: outline(vertebra) });
    set(part, { points: points.length === 2 ? points.map((index) => vertebra[index].join(",")).join(" ") : "" });
    if (points.length === 1) this.vertebrae[selection.row].handles[points[0]].classList.add("le-chosen");
    const [left, handle] = this.turnHandle(selection.row);
    set(stem, { x1: left[0], y1: left[1], x2: handle[0], y2: handle[1] });
    set(turn, { cx: handle[0], cy: handle[1] });
  }

  // Where the selected vertebra is turned, beside its left side: [foot of the stem, handle], screen pixels.
  turnHandle(row) {
    const [tl, tr, bl, br] = this.screen[row];
    const [left, right] = [mean([tl, bl]), mean([tr, br])];
    const length = distance(left, right) || 1;
    return [left, [0, 1].map((axis) => left[axis] + ((left[axis] - right[axis]) / length) * HANDLE_AWAY)];
  }

  // Suggested corners (film pixels) as dashed outlines of those vertebrae that would move; null takes them away.
  drawGhost(view, ghost, corners) {
    const rows = (ghost || []).flatMap((vertebra, row) =>
      vertebra.some((point, index) => distance(point, corners[row][index]) > 0) ? [vertebra] : [],
    );
    const shapes = rows.map((vertebra) => {
      const shape = document.createElementNS(SVG, "polygon");
      set(shape, { points: outline(vertebra.map((point) => view.toScreen(point))) });
      return shape;
    });
    this.layers.ghost.replaceChildren(...shapes);
  }

  // The handle under a resting mouse is drawn larger.
  hover(target) {
    this.svg.querySelectorAll(".le-hover").forEach((element) => element.classList.remove("le-hover"));
    if (!target) return;
    const { mask, handles } = this.vertebrae[target.row];
    if (target.part === "body") mask.classList.add("le-hover");
    else pointsOf(target).forEach((index) => handles[index].classList.add("le-hover"));
  }
}

function outline([tl, tr, bl, br]) {
  return [tl, tr, br, bl].map((point) => point.join(",")).join(" ");
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
