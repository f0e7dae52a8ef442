// The film around a dragged point, enlarged, beside the pointer: the finger or the handle hides the place itself.

const SIZE = 168; // CSS pixels
const MAGNIFICATION = 3; // of what is seen on the stage
const AWAY = { mouse: [110, -110], pen: [-120, -120], touch: [0, -150] };

export class Magnifier {
  constructor(canvas, film) {
    this.canvas = canvas;
    this.film = film;
    this.context = canvas.getContext("2d", { alpha: false });
    canvas.style.width = canvas.style.height = `${SIZE}px`;
  }

  // at: the point on the film to show; pointer: where the pointer is on the stage; vertebra: its four film points.
  show(view, at, pointer, pointerType, vertebra) {
    const density = window.devicePixelRatio || 1;
    const { canvas, context } = this;
    const pixels = Math.round(SIZE * density);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    canvas.hidden = false;
    const scale = view.scale * MAGNIFICATION;
    const lens = { scale, x: SIZE / 2 - at[0] * scale, y: SIZE / 2 - at[1] * scale };
    this.film.paint(context, lens, density);
    canvas.style.filter = this.film.canvas.style.filter;
    this.drawOutline(context, lens, vertebra);
    const [x, y] = this.place(view.stage, pointer, AWAY[pointerType] || AWAY.mouse);
    canvas.style.transform = `translate(${x}px, ${y}px)`;
  }

  hide() {
    this.canvas.hidden = true;
  }

  // Beside the pointer, on its other side where there is no room.
  place(stage, pointer, away) {
    return [
      [pointer[0], away[0], stage.width],
      [pointer[1], away[1], stage.height],
    ].map(([at, offset, room]) => {
      const here = at + offset - SIZE / 2;
      const there = at - offset - SIZE / 2;
      const fits = (value) => value >= 0 && value + SIZE <= room;
      const chosen = fits(here) || !fits(there) ? here : there;
      return Math.min(Math.max(0, chosen), Math.max(0, room - SIZE));
    });
  }

  drawOutline(context, lens, [tl, tr, bl, br]) {
    context.beginPath();
    [tl, tr, br, bl].forEach(([x, y], index) =>
      context[index ? "lineTo" : "moveTo"](x * lens.scale + lens.x, y * lens.scale + lens.y),
    );
    context.closePath();
    context.strokeStyle = "#F0E442";
    context.lineWidth = 1;
    context.stroke();
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(SIZE / 2 + dx * 6, SIZE / 2 + dy * 6);
      context.lineTo(SIZE / 2 + dx * 18, SIZE / 2 + dy * 18);
    }
    context.strokeStyle = "#fff";
    context.stroke();
  }
}
