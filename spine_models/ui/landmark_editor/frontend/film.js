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
    const { context, canvas } = this;
    const density = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (!this.levels.length) return;
    const wanted = this.width * view.scale * density;
    const bitmap = this.levels.findLast((level) => level.width >= wanted) || this.levels[0];
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.setTransform(density, 0, 0, density, view.x * density, view.y * density);
    context.drawImage(bitmap, 0, 0, this.width * view.scale, this.height * view.scale);
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
