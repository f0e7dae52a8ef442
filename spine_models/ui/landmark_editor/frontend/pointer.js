// Mouse, pen and touch on the stage. A drag on a handle edits, on the film it pans; two fingers zoom; right-drag
// changes the grey window. A finger must tap a vertebra before it can drag it, so that panning moves no vertebra.

const WHEEL_STEP = 0.0015;
const REACH = { mouse: 9, pen: 12, touch: 24 }; // CSS pixels beside a handle that still count
const SLACK = { mouse: 3, pen: 4, touch: 8 }; // CSS pixels a press may wander and still be a click

// editor: find(point, reach) -> target, select(target), drag(target, {...}), dropDrag(), keepDrag(), click(point), ...
export function listenToPointers(stage, editor) {
  const pointers = new Map();
  let press = null; // the one pointer that is down: where it went down, and what for

  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const down = (event) => {
    if (event.target.closest(".le-over") || (event.pointerType === "mouse" && event.button === 1)) return;
    stage.focus({ preventScroll: true });
    pointers.set(event.pointerId, at(event));
    stage.setPointerCapture(event.pointerId);
    if (pointers.size > 1) {
      editor.dropDrag();
      press = null;
      return;
    }
    const point = at(event);
    const target = event.button === 0 ? editor.find(point, REACH[event.pointerType] || REACH.mouse) : null;
    const grabs = target && (event.pointerType !== "touch" || editor.isSelected(target));
    const turning = target?.part === "turn" || (event.altKey && target);
    press = { point, target, type: event.pointerType, purpose: purposeOf(event, grabs, turning), started: false };
    stage.dataset.purpose = press.purpose;
  };

  const purposeOf = (event, grabs, turning) => {
    if (event.button === 2) return "window";
    if (!grabs) return "pan";
    return turning ? "turn" : "move";
  };

  const move = (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return hover(event);
    const now = at(event);
    pointers.set(event.pointerId, now);
    if (pointers.size > 1) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      return pinch(editor.view, other, before, now);
    }
    if (!press) return;
    if (!press.started) {
      if (Math.hypot(now[0] - press.point[0], now[1] - press.point[1]) < (SLACK[press.type] || SLACK.mouse)) return;
      press.started = true;
      before.splice(0, 2, ...press.point); // the slack is part of the drag
    }
    if (press.purpose === "window") editor.greys.drag(now[0] - before[0], now[1] - before[1]);
    else if (press.purpose === "pan") editor.view.pan(now[0] - before[0], now[1] - before[1]);
    else editor.drag(press.purpose, press.target, press.point, now, press.type);
  };

  const hover = (event) => {
    if (event.pointerType === "touch") return;
    const target = event.target.closest(".le-over") ? null : editor.find(at(event), REACH[event.pointerType]);
    editor.hover(target);
  };

  const up = (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size || !press) return;
    if (press.started && (press.purpose === "move" || press.purpose === "turn")) editor.keepDrag();
    else if (!press.started && event.button === 0) editor.click(press.target, press.point);
    press = null;
    stage.dataset.purpose = "";
  };

  const cancel = (event) => {
    pointers.delete(event.pointerId);
    editor.dropDrag();
    press = null;
    stage.dataset.purpose = "";
  };

  const wheel = (event) => {
    if (event.target.closest(".le-over")) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY;
    const pinching = event.ctrlKey ? 6 : 1; // a trackpad pinch arrives as a wheel with Ctrl and small steps
    editor.view.zoomAt(...at(event), Math.exp(-pixels * WHEEL_STEP * pinching));
  };

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", cancel);
  stage.addEventListener("pointerleave", () => editor.hover(null));
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("dblclick", (event) => editor.doubleClick(at(event)));
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
}

function pinch(view, other, before, now) {
  const spread = (point) => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
  const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
  view.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  view.zoomAt(...middle, spread(now) / spread(before));
}
