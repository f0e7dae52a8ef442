// Mouse, pen and touch on the film: drag pans, wheel and pinch zoom, right-drag changes the grey window.

const WHEEL_STEP = 0.0015;

export function listenToPointers(stage, view, greys) {
  const pointers = new Map();
  let button = 0;

  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const down = (event) => {
    if (event.pointerType === "mouse" && event.button === 1) return;
    pointers.set(event.pointerId, at(event));
    button = event.button;
    stage.setPointerCapture(event.pointerId);
    stage.classList.toggle("le-panning", button === 0);
    stage.classList.toggle("le-windowing", button === 2);
  };

  const move = (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    pointers.set(event.pointerId, now);
    if (others.length) pinch(view, others[0], before, now);
    else if (button === 2) greys.drag(now[0] - before[0], now[1] - before[1]);
    else view.pan(now[0] - before[0], now[1] - before[1]);
  };

  const up = (event) => {
    pointers.delete(event.pointerId);
    stage.classList.remove("le-panning", "le-windowing");
  };

  const wheel = (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY;
    const pinching = event.ctrlKey ? 6 : 1; // a trackpad pinch arrives as a wheel with Ctrl and small steps
    view.zoomAt(...at(event), Math.exp(-pixels * WHEEL_STEP * pinching));
  };

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("dblclick", () => view.fit());
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
}

function pinch(view, other, before, now) {
  const spread = (point) => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
  const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
  view.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  view.zoomAt(...middle, spread(now) / spread(before));
}
