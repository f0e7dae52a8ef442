// The film's pixels: fetched once, kept at full, half, quarter ... size: a zoomed-out frame stays cheap and crisp.

const SMALLEST_SIDE = 256;

export class FilmImage {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.levels = [];
    this.width = 0;
    this.height = 0;
  }

  // True once the film is there, false when another one was asked for meanwhile: no film may show under the wrong
  // landmarks, so the old one goes at once and a late one is dropped. Throws when the address does not answer.
  async load({ url, width, height }) {
    this.clear();
    const wanted = (this.wanted = Symbol(url));
    const answer = await fetch(url);
    const type = answer.headers.get("Content-Type") || "";
    if (!answer.ok || !type.startsWith("image/")) throw new Error("the film's address does not answer");
    const levels = [await createImageBitmap(await answer.blob())];
    while (Math.min(levels.at(-1).width, levels.at(-1).height) > 2 * SMALLEST_SIDE)
      levels.push(await halved(levels.at(-1)));
    if (this.wanted !== wanted) {
      levels.forEach((bitmap) => bitmap.close());
      return false;
    }
    Object.assign(this, { levels, width, height });
    return true;
  }

  clear() {
    this.levels.forEach((bitmap) => bitmap.close());
    this.levels = [];
  }

  resize(width, height) {
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * density));
    this.canvas.height = Math.max(1, Math.round(height * density));
  }

  draw(view) {
    this.paint(this.context, view, window.devicePixelRatio || 1);
  }

  // The film as a view (scale, x, y in CSS pixels) shows it, from the smallest copy that is fine enough.
  paint(context, { scale, x, y }, density) {
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.setTransform(density, 0, 0, density, 0, 0);
    if (!this.levels.length) return;
    const wanted = this.width * scale * density;
    const bitmap = this.levels.findLast((level) => level.width >= wanted) || this.levels[0];
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const [across, down] = [bitmap.width / this.width, bitmap.height / this.height]; // its pixels per film pixel
    const [left, top] = [Math.max(0, -x / scale), Math.max(0, -y / scale)];
    const right = Math.min(this.width, (width / density - x) / scale);
    const bottom = Math.min(this.height, (height / density - y) / scale);
    if (right <= left || bottom <= top) return;
    const [w, h] = [right - left, bottom - top];
    context.drawImage(
      bitmap,
      left * across, top * down, w * across, h * down,
      left * scale + x, top * scale + y, w * scale, h * scale,
    );
  }
}

async function halved(bitmap) {
  const resizeWidth = Math.max(1, Math.round(bitmap.width / 2));
  const resizeHeight = Math.max(1, Math.round(bitmap.height / 2));
  return createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
}

// Grey window as a CSS filter, which the browser applies when compositing: the film is not drawn again.
// Wanted: out = (v - low) / width. brightness(b) then contrast(c) gives c*b*v + (1 - c)/2 and clips bright values only
// where the result is white anyway; for low < 0 the order is turned round for the same reason.
export function windowFilter({ width, centre, inverted }) {
  if (width === 1 && centre === 0.5) return inverted ? "invert(1)" : "none";
  const low = centre - width / 2;
  const high = centre + width / 2;
  const slope = 1 / width;
  const lift = -2 * low * slope;
  const steps =
    low >= 0
      ? `brightness(${1 / (low + high)}) contrast(${1 + 2 * low * slope})`
      : `contrast(${slope / (slope + lift)}) brightness(${slope + lift})`;
  return inverted ? `${steps} invert(1)` : steps;
}
