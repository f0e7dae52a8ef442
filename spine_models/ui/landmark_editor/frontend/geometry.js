// Cobb measurement in the browser: a port of spine_models/core/cobb.py, which is the authority (tests compare both).
// Corners are V x 4 x 2 film pixels, order TL, TR, BL, BR, y down; tilts and angles are degrees.

export const MINIMUM_ANGLE = 10;
const LINE_WIDTHS = 3;
const DEGREES = 180 / Math.PI;

// Comparisons are made to nine decimals, so that floating-point noise decides neither ties nor curves of ten degrees.
const rounded = (value) => Math.round(value * 1e9) / 1e9;

// Direction of a vertebra, mid(TR, BR) - mid(TL, BL): both endplates.
function across([tl, tr, bl, br]) {
  return [(tr[0] + br[0] - tl[0] - bl[0]) / 2, (tr[1] + br[1] - tl[1] - bl[1]) / 2];
}

// Tilt of every vertebra, top first, unwrapped along the spine.
export function vertebraTilts(corners) {
  const tilts = corners.map((vertebra) => {
    const [x, y] = across(vertebra);
    return Math.atan2(y, x) * DEGREES;
  });
  for (let row = 1; row < tilts.length; row += 1)
    tilts[row] -= 360 * Math.round((tilts[row] - tilts[row - 1]) / 360);
  return tilts;
}

// Every curve of at least `minimum` degrees, top to bottom.
export function measureCurves(corners, levels, minimum = MINIMUM_ANGLE) {
  const tilts = vertebraTilts(corners);
  const [upper, lower] = largestPair(tilts);
  const sign = tilts[upper] > tilts[lower] ? 1 : -1;
  const upwards = tilts.slice(0, upper + 1).reverse().map((tilt) => sign * tilt);
  const downwards = tilts.slice(lower).map((tilt) => -sign * tilt);
  const ends = [
    ...swings(upwards, minimum).map((step) => upper - step).reverse(),
    ...swings(downwards, minimum).map((step) => lower + step),
  ];
  return ends
    .slice(1)
    .map((end, index) => curveBetween(corners, levels, ends[index], end))
    .filter((curve) => curve.angle >= minimum);
}

// The curve between the two vertebrae that differ most in tilt, however small it is.
export function largestCurve(corners, levels) {
  return curveBetween(corners, levels, ...largestPair(vertebraTilts(corners)));
}

// Of equal pairs the nearest, then the first.
function largestPair(tilts) {
  let best = [0, 1];
  let most = -1;
  for (let step = 1; step < tilts.length; step += 1)
    for (let upper = 0; upper + step < tilts.length; upper += 1) {
      const apart = Math.abs(tilts[upper] - tilts[upper + step]) % 360;
      const angle = rounded(Math.min(apart, 360 - apart));
      if (angle > most) [most, best] = [angle, [upper, upper + step]];
    }
  return best;
}

// Positions of the alternating lows and highs of values that start at their highest (hysteresis of `minimum`).
function swings(values, minimum) {
  const turns = [0];
  let extreme = 0;
  let sign = -1;
  for (let here = 1; here < values.length; here += 1) {
    const beyond = rounded(sign * (values[here] - values[extreme]));
    if (beyond > 0) {
      extreme = here;
    } else if (-beyond >= minimum && extreme !== turns.at(-1)) {
      turns.push(extreme);
      extreme = here;
      sign = -sign;
    }
  }
  const last = turns.at(-1);
  if (extreme !== last && rounded(Math.abs(values[extreme] - values[last])) >= minimum) turns.push(extreme);
  return turns;
}

function curveBetween(corners, levels, upper, lower) {
  const upperLine = cobbLine(corners[upper], [0, 1]);
  const lowerLine = cobbLine(corners[lower], [2, 3]);
  const u = minus(upperLine[1], upperLine[0]);
  const v = minus(lowerLine[1], lowerLine[0]);
  const turn = cross(u, v);
  const bulge = turn <= 0 ? 1 : -1;
  return {
    angle: rounded(Math.atan2(Math.abs(turn), u[0] * v[0] + u[1] * v[1]) * DEGREES),
    upper: levels[upper],
    lower: levels[lower],
    apex: levels[apexRow(corners, upper, lower, bulge)],
    side: bulge > 0 ? "left" : "right",
    upperLine,
    lowerLine,
  };
}

function cobbLine(vertebra, [left, right]) {
  const [ux, uy] = across(vertebra);
  const [mx, my] = [0, 1].map((axis) => (vertebra[left][axis] + vertebra[right][axis]) / 2);
  const half = LINE_WIDTHS / 2;
  return [
    [mx - ux * half, my - uy * half],
    [mx + ux * half, my + uy * half],
  ];
}

function apexRow(corners, upper, lower, bulge) {
  const centres = corners.slice(upper, lower + 1).map((vertebra) => centre(vertebra));
  const chord = minus(centres.at(-1), centres[0]);
  let best = 0;
  let furthest = -Infinity;
  for (let row = 1; row < centres.length - 1; row += 1) {
    const outward = rounded(bulge * cross(chord, minus(centres[row], centres[0])));
    if (outward > furthest) [furthest, best] = [outward, row];
  }
  return upper + best;
}

export function centre(vertebra) {
  return [0, 1].map((axis) => vertebra.reduce((sum, point) => sum + point[axis], 0) / vertebra.length);
}

function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1]];
}

function cross(a, b) {
  return a[0] * b[1] - a[1] * b[0];
}
