// Where the film lies on the screen: screen = film * scale + (x, y), in CSS pixels.

const MAX_SCALE = 32;
const SPINE_MARGIN = 0.05; // of the spine's height, on every side

export class View {
  constructor(onChange) {
    this.onChange = onChange;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.stage = { width: 1, height: 1 };
    this.film = { width: 1, height: 1 };
    this.fitted = true;
  }

  setFilm(width, height) {
    this.film = { width, height };
    this.fit();
  }

  // A film shown whole stays whole when the window changes; a zoomed one keeps its middle in the middle.
  resize(width, height) {
    const middle = this.toFilm(this.stage.width / 2, this.stage.height / 2);
    this.stage = { width, height };
    if (this.fitted) return this.fit();
    this.x = width / 2 - middle[0] * this.scale;
    this.y = height / 2 - middle[1] * this.scale;
    this.changed();
  }

  fitScale() {
    return Math.min(this.stage.width / this.film.width, this.stage.height / this.film.height);
  }

  fit() {
    this.scale = this.fitScale();
    this.x = (this.stage.width - this.film.width * this.scale) / 2;
    this.y = (this.stage.height - this.film.height * this.scale) / 2;
    this.fitted = true;
    this.onChange();
  }

  // As large as the stage shows all of these film points, with some film round them for the levels' names.
  fitPoints(points) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const margin = SPINE_MARGIN * (bottom - top);
    const room = [right - left + 2 * margin, bottom - top + 2 * margin];
    this.scale = Math.min(MAX_SCALE, this.stage.width / room[0], this.stage.height / room[1]);
    this.x = this.stage.width / 2 - ((left + right) / 2) * this.scale;
    this.y = this.stage.height / 2 - ((top + bottom) / 2) * this.scale;
    this.changed();
  }

  zoomAt(px, py, factor) {
    const [fx, fy] = this.toFilm(px, py);
    this.scale = Math.min(MAX_SCALE, Math.max(this.fitScale() / 2, this.scale * factor));
    this.x = px - fx * this.scale;
    this.y = py - fy * this.scale;
    this.changed();
  }

  zoomMiddle(factor) {
    this.zoomAt(this.stage.width / 2, this.stage.height / 2, factor);
  }

  oneToOne() {
    this.zoomMiddle(1 / (window.devicePixelRatio || 1) / this.scale);
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.changed();
  }

  // Moves the film only when the point is off the stage, or nearly.
  reveal(point) {
    const margin = 40;
    const [x, y] = this.toScreen(point);
    const { width, height } = this.stage;
    const dx = Math.max(0, margin - x) - Math.max(0, x - width + margin);
    const dy = Math.max(0, margin - y) - Math.max(0, y - height + margin);
    if (dx || dy) this.pan(dx, dy);
  }

  toScreen([fx, fy]) {
    return [fx * this.scale + this.x, fy * this.scale + this.y];
  }

  toFilm(px, py) {
    return [(px - this.x) / this.scale, (py - this.y) / this.scale];
  }

  // At least half of the stage, or of a film smaller than it, must keep showing film, or it gets lost off screen.
  changed() {
    this.x = kept(this.x, this.film.width * this.scale, this.stage.width);
    this.y = kept(this.y, this.film.height * this.scale, this.stage.height);
    this.fitted = false;
    this.onChange();
  }
}

function kept(start, size, room) {
  const overlap = Math.min(size, room) / 2;
  return Math.min(Math.max(start, overlap - size), room - overlap);
}
