// The editor: what is shown, what is chosen, and how the reader's hand changes it. Python is the authority on the
// landmarks; between a change and its answer the corners here are ahead of it.

import { largestCurve, measureCurves } from "./geometry.js";
import { CORNERS, distance, mean, middleOf, moved, pointsOf, rotated, targetAt } from "./spine.js";
import { Outbox } from "./outbox.js";

export class Editor {
  // parts: view, film, overlay, magnifier, readout, bar, offer, greys, layers, help, unkept, root.
  constructor(parts, send) {
    Object.assign(this, parts);
    this.outbox = new Outbox(send, () => this.outboxChanged());
    this.version = null;
    this.landmarks = null; // as Python sent them
    this.corners = [];
    this.curves = [];
    this.largest = null;
    this.ghost = null;
    this.selection = null;
    this.current = null; // the drag under way: target, and the corners before it
    this.nudged = false;
    this.waiting = []; // commands pressed before Python's answer to an earlier one
    this.outboxChanged();
  }

  // ---- what Python says

  // Mid-drag the newest answer waits: the hand on the film comes first.
  receive(data) {
    this.outbox.acknowledge(data.ack);
    this.latest = data;
    this.takeLatest();
  }

  takeLatest() {
    const data = this.latest;
    if (!data || this.current || this.nudged || !this.outbox.empty) return;
    this.latest = null;
    this.adopt(data);
    while (this.waiting.length && !this.outbox.awaitsLandmarks) {
      this.waiting.shift()();
      this.settleNudges(); // their keys are up long since
    }
  }

  adopt(data) {
    const before = this.landmarks;
    Object.assign(this, { data, version: data.version, landmarks: data.landmarks, ghost: data.ghost });
    this.corners = data.landmarks?.corners || [];
    this.curves = data.curves;
    this.largest = data.largest;
    this.keepSelection(before);
    if (data.landmarks) this.overlay.setVertebrae(data.landmarks);
    this.bar.show(this.landmarks, this.selection);
    this.showOffer();
    this.root.querySelector('[data-action="undo"]').disabled = !data.canUndo;
    this.root.querySelector('[data-action="redo"]').disabled = !data.canRedo;
    this.root.dataset.version = data.version;
    this.readout.show(this.largest, this.curves, data.bands);
    this.requestFrame();
  }

  // The same row stays chosen; a vertebra just added by a command becomes the chosen one.
  keepSelection(before) {
    if (!this.selection || !this.landmarks) return (this.selection = null);
    const grown = before && this.corners.length === before.corners.length + 1;
    const added = grown ? this.corners.findIndex((vertebra, row) => !same(vertebra, before.corners[row])) : -1;
    const row = added >= 0 ? added : Math.min(this.selection.row, this.corners.length - 1);
    this.selection = { ...this.selection, row };
  }

  showOffer() {
    const moving = this.ghostRows();
    if (moving.length) this.offer.suggest(moving.length);
    else if (this.data.marking) this.offer.mark(this.corners.length, this.data.refines);
    else this.offer.hide();
  }

  ghostRows() {
    return (this.ghost || []).flatMap((vertebra, row) => (same(vertebra, this.corners[row]) ? [] : [row]));
  }

  // ---- what the reader does

  outboxChanged() {
    this.root.dataset.pending = this.outbox.entries.length;
    this.root.classList.toggle("le-waiting", this.outbox.awaitsLandmarks);
    this.unkept.show(this.outbox);
  }

  perform(command, event) {
    if (this.current) return;
    const must = this.waiting.length > 0 || (this.outbox.awaitsLandmarks && !command.held); // wait, to keep the order
    if (must) this.waiting.push(() => command.run(this, event));
    else command.run(this, event);
  }

  tell(action, details) {
    this.settleNudges();
    this.outbox.push(action, this.version, details);
  }

  change(action, details) {
    if (this.selection) this.tell(action, { level: this.landmarks.levels[this.selection.row], ...details });
  }

  history(direction) {
    const possible = direction === "undo" ? this.data.canUndo : this.data.canRedo;
    if (possible || !this.outbox.empty || this.nudged) this.tell(direction);
  }

  accept() {
    if (this.ghostRows().length) this.tell("accept");
    else if (this.data.marking && this.data.refines && this.corners.length > 1) this.tell("place");
  }

  dismiss() {
    this.ghost = null;
    this.showOffer();
    this.requestFrame();
  }

  select(target) {
    this.settleNudges();
    this.selection = target && this.landmarks ? target : null;
    this.bar.show(this.landmarks, this.selection);
    this.requestFrame();
  }

  step(by) {
    if (!this.corners.length) return;
    const { row, part } = this.selection || { row: by > 0 ? -1 : this.corners.length, part: "body" };
    this.select({ row: Math.min(this.corners.length - 1, Math.max(0, row + by)), part });
    this.view.reveal(middleOf(this.corners, this.selection));
  }

  stepCorner(by) {
    if (!this.corners.length) return;
    const { row, part } = this.selection || { row: 0, part: "body" };
    const index = CORNERS.indexOf(part);
    const from = index >= 0 ? index : by > 0 ? -1 : CORNERS.length;
    const place = Math.min(this.corners.length * 4 - 1, Math.max(0, row * 4 + from + by));
    this.select({ row: Math.floor(place / 4), part: CORNERS[place % 4] });
    this.view.reveal(middleOf(this.corners, this.selection));
  }

  choosePart(part) {
    if (this.corners.length) this.select({ row: this.selection?.row ?? 0, part });
  }

  nudge(dx, dy) {
    if (!this.selection) return this.step(1);
    this.put(moved(this.corners, this.selection, dx, dy), this.selection, pointsOf(this.selection));
    this.nudged = true;
    this.view.reveal(middleOf(this.corners, this.selection));
  }

  turn(degrees) {
    if (!this.selection) return;
    this.put(rotated(this.corners, this.selection.row, degrees), this.selection, [0, 1, 2, 3]);
    this.nudged = true;
  }

  // One undoable step for as long as a key was held down.
  settleNudges() {
    if (!this.nudged) return;
    this.nudged = false;
    this.commit();
  }

  fitSpine() {
    if (this.corners.length) this.view.fitPoints(this.corners.flat());
  }

  // ---- dragging

  find(point, reach) {
    if (!this.corners.length || !this.layers.visible) return null;
    const { screen } = this.overlay;
    if (this.selection && distance(this.overlay.turnHandle(this.selection.row)[1], point) <= reach)
      return { row: this.selection.row, part: "turn" };
    return targetAt(screen, point, reach, this.selection?.row ?? null);
  }

  isSelected(target) {
    return this.selection?.row === target.row;
  }

  hover(target) {
    if (this.current) return;
    this.overlay.hover(target && target.part !== "turn" ? target : null);
    this.root.querySelector(".le-stage").dataset.under = target ? target.part : "";
  }

  // from, to: screen points of the press and of the pointer now.
  drag(purpose, target, from, to, pointerType) {
    if (!this.current && !this.beginDrag(purpose, target)) return;
    const { before, grip } = this.current;
    const [start, here] = [from, to].map((point) => this.view.toFilm(...point));
    const [dx, dy] = [here[0] - start[0], here[1] - start[1]];
    const { row } = target;
    const turned = () => rotated(before, row, angleBetween(mean(before[row]), start, here));
    const corners = purpose === "turn" ? turned() : moved(before, this.selection, dx, dy);
    this.put(corners, target, this.current.points);
    const at = purpose === "turn" ? here : [grip[0] + dx, grip[1] + dy];
    this.magnifier.show(this.view, at, to, pointerType, corners[row]);
  }

  beginDrag(purpose, target) {
    if (this.outbox.awaitsLandmarks) return false;
    const part = target.part === "turn" || purpose === "turn" ? "body" : target.part;
    this.select({ row: target.row, part });
    this.hover(null);
    const points = purpose === "turn" ? [0, 1, 2, 3] : pointsOf(this.selection);
    this.current = { before: this.corners, sources: [...this.landmarks.source[target.row]], row: target.row, points };
    this.current.grip = middleOf(this.corners, this.selection);
    return true;
  }

  keepDrag() {
    if (!this.current) return;
    if (same(this.corners[this.current.row], this.current.before[this.current.row])) return this.dropDrag();
    this.endDrag();
    this.commit();
  }

  dropDrag() {
    if (!this.current) return;
    const { before, row, sources } = this.current;
    this.endDrag();
    this.corners = before;
    this.landmarks.source[row] = sources;
    this.overlay.setVertebrae(this.landmarks);
    this.measure();
    this.requestFrame();
    this.takeLatest();
  }

  endDrag() {
    this.current = null;
    this.magnifier.hide();
  }

  click(target, point) {
    if (!target && this.data?.marking) return this.tell("mark", { centre: this.view.toFilm(...point) });
    if (target?.part !== "turn") this.select(target);
  }

  doubleClick(point) {
    if (!this.data?.marking && !this.find(point, 0)) this.view.fit();
  }

  // ---- corners on the way

  // Corners as the hand has them now: measured and drawn with the next frame, told to Python only by commit().
  put(corners, { row }, points) {
    this.corners = corners;
    this.ghost = null;
    this.offer.hide();
    points.forEach((index) => (this.landmarks.source[row][index] = "human"));
    this.overlay.markHuman(row, points);
    this.requestFrame(row);
  }

  commit() {
    this.outbox.push("move", this.version, { corners: this.corners, what: this.selection.part });
  }

  measure() {
    const { levels } = this.landmarks;
    const enough = this.corners.length > 1;
    this.largest = enough ? largestCurve(this.corners, levels) : null;
    this.curves = enough ? measureCurves(this.corners, levels) : [];
    this.readout.show(this.largest, this.curves, this.data.bands);
  }

  // row: only this vertebra has moved; nothing: everything has, the film included.
  requestFrame(row = null) {
    this.dirty = this.frame && this.dirty !== row ? null : row;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw(this.dirty);
    });
  }

  draw(row) {
    if (row === null) this.film.draw(this.view);
    else this.measure();
    this.overlay.draw(this.view, this.corners, this.curves, this.largest, this.selection, row);
    this.overlay.drawGhost(this.view, this.ghost, this.corners);
  }
}

// Whether two vertebrae have the same four corners.
function same(one, other) {
  return Boolean(other) && one.every((point, index) => distance(point, other[index]) === 0);
}

// Degrees, clockwise on the film, from one point to another as seen from a third.
function angleBetween(centre, from, to) {
  const angle = ([x, y]) => Math.atan2(y - centre[1], x - centre[0]);
  return ((angle(to) - angle(from)) * 180) / Math.PI;
}
