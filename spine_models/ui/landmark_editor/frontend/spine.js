// What a drag does to corners, and what lies under the pointer. Pure functions on V x 4 x 2 corners (TL, TR, BL, BR).
// A target is { row, part }: part "TL", "TR", "BL", "BR", "upper" or "lower" (endplates), or "body".

export const CORNERS = ["TL", "TR", "BL", "BR"];
export const PART_NAMES = {
  TL: "upper left corner",
  TR: "upper right corner",
  BL: "lower left corner",
  BR: "lower right corner",
  upper: "upper endplate",
  lower: "lower endplate",
  body: "whole vertebra",
};

const POINTS = { TL: [0], TR: [1], BL: [2], BR: [3], upper: [0, 1], lower: [2, 3], body: [0, 1, 2, 3] };
const SELECTED_BONUS = 0.5; // of the reach: where handles of two vertebrae meet, the selected one is meant

// Indices of the corners a target moves.
export function pointsOf({ part }) {
  return POINTS[part];
}

export function middleOf(corners, target) {
  return mean(pointsOf(target).map((index) => corners[target.row][index]));
}

export function moved(corners, target, dx, dy) {
  const points = pointsOf(target);
  return withRow(corners, target.row, (point, index) =>
    points.includes(index) ? [point[0] + dx, point[1] + dy] : point,
  );
}

// Turned about its centre, clockwise on the film for positive degrees.
export function rotated(corners, row, degrees) {
  const [cx, cy] = mean(corners[row]);
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return withRow(corners, row, ([x, y]) => [
    cx + (x - cx) * cos - (y - cy) * sin,
    cy + (x - cx) * sin + (y - cy) * cos,
  ]);
}

// The target at a point, or null. Corners and point in screen pixels; reach: how far beside a handle still counts.
// Corners win over endplates, endplates over bodies. Within a vertebra the reach shrinks with its size, so that all of
// them can be got hold of, and so that no neighbour's handle is taken for its body.
export function targetAt(corners, point, reach, selectedRow = null) {
  const body = bodyAt(corners, point, selectedRow);
  const room = (share) => (body ? share * height(corners[body.row]) : Infinity);
  return (
    nearest(corners, point, Math.min(reach, room(0.4)), selectedRow, CORNERS) ||
    nearest(corners, point, Math.min(reach * 0.75, room(0.25)), selectedRow, ["upper", "lower"]) ||
    body
  );
}

function nearest(corners, point, reach, selectedRow, parts) {
  let best = null;
  let least = Infinity;
  corners.forEach((vertebra, row) => {
    const bonus = row === selectedRow ? reach * SELECTED_BONUS : 0;
    for (const part of parts) {
      const away = distanceTo(vertebra, part, point);
      if (away <= reach && away - bonus < least) [least, best] = [away - bonus, { row, part }];
    }
  });
  return best;
}

function bodyAt(corners, point, selectedRow) {
  const rows = corners.flatMap((vertebra, row) => (inside(vertebra, point) ? [row] : []));
  if (!rows.length) return null;
  return { row: rows.includes(selectedRow) ? selectedRow : rows[0], part: "body" };
}

function distanceTo(vertebra, part, point) {
  const ends = POINTS[part].map((index) => vertebra[index]);
  return ends.length === 1 ? distance(ends[0], point) : toSegment(ends[0], ends[1], point);
}

function toSegment(a, b, p) {
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]];
  const length = ux * ux + uy * uy;
  const along = length ? ((p[0] - a[0]) * ux + (p[1] - a[1]) * uy) / length : 0;
  const clipped = Math.min(1, Math.max(0, along));
  return distance([a[0] + ux * clipped, a[1] + uy * clipped], p);
}

function inside([tl, tr, bl, br], [x, y]) {
  const ring = [tl, tr, br, bl];
  let odd = false;
  ring.forEach(([ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % 4];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) odd = !odd;
  });
  return odd;
}

function height([tl, tr, bl, br]) {
  return (distance(tl, bl) + distance(tr, br)) / 2;
}

export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

export function mean(points) {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

function withRow(corners, row, change) {
  return corners.map((vertebra, index) => (index === row ? vertebra.map(change) : vertebra));
}
