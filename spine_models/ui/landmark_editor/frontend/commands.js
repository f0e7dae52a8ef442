// Everything that can be done by key or button, in one list: the keyboard, the buttons and the help are made from it.
// Streamlit itself uses the keys r, c and Esc.

import { LAYERS } from "./controls.js";
import { CORNERS } from "./spine.js";

const STEP = 1; // film pixel
const BIG_STEP = 10;
const TURN = 1; // degree
const BIG_TURN = 5;

const nudge = (dx, dy) => (editor, { shiftKey }) => {
  const step = shiftKey ? BIG_STEP : STEP;
  editor.nudge(dx * step, dy * step);
};
const turn = (sign) => (editor, { shiftKey }) => editor.turn(sign * (shiftKey ? BIG_TURN : TURN));
const choose = (part) => (editor) => editor.choosePart(part);

// keys: values of KeyboardEvent.key in lower case, with "Mod+" for Ctrl or Cmd; shown: how the help names them.
// held: may go on while Python is still answering the command before.
export const COMMANDS = [
  { group: "Choose", shown: "N  P", text: "next, previous vertebra" },
  { name: "next", keys: ["n", "pagedown"], run: (editor) => editor.step(1) },
  { name: "previous", keys: ["p", "pageup"], run: (editor) => editor.step(-1) },
  { group: "Choose", shown: ".  ,", text: "next, previous corner" },
  { keys: ["."], run: (editor) => editor.stepCorner(1) },
  { keys: [","], run: (editor) => editor.stepCorner(-1) },
  { group: "Choose", shown: "1 2 3 4", text: "corner: upper left, upper right, lower left, lower right" },
  ...CORNERS.map((part, index) => ({ keys: [`${index + 1}`], run: choose(part) })),
  { group: "Choose", shown: "5  6  0", text: "upper endplate, lower endplate, whole vertebra" },
  { keys: ["5"], run: choose("upper") },
  { keys: ["6"], run: choose("lower") },
  { keys: ["0"], run: choose("body") },
  { group: "Change", shown: "← → ↑ ↓", text: "move by one film pixel, with Shift by ten" },
  { keys: ["arrowleft"], repeats: true, run: nudge(-1, 0) },
  { keys: ["arrowright"], repeats: true, run: nudge(1, 0) },
  { keys: ["arrowup"], repeats: true, run: nudge(0, -1) },
  { keys: ["arrowdown"], repeats: true, run: nudge(0, 1) },
  { group: "Change", shown: "Q  E", text: "turn the vertebra by 1°, with Shift by 5°" },
  { name: "turn-left", keys: ["q"], repeats: true, run: turn(-1) },
  { name: "turn-right", keys: ["e"], repeats: true, run: turn(1) },
  { group: "Change", shown: "A  B", text: "add a vertebra above, below" },
  { name: "add-above", keys: ["a"], run: (editor) => editor.change("add", { side: "above" }) },
  { name: "add-below", keys: ["b"], run: (editor) => editor.change("add", { side: "below" }) },
  { group: "Change", shown: "Del", text: "delete the vertebra; A or B beside the gap brings it back" },
  { name: "delete", keys: ["delete", "backspace"], run: (editor) => editor.change("delete") },
  { group: "Change", shown: "U  D", text: "all level names one up (T2 becomes T1), one down" },
  { keys: ["u"], run: (editor) => editor.tell("relabel", { step: -1 }) },
  { keys: ["d"], run: (editor) => editor.tell("relabel", { step: 1 }) },
  { group: "Change", shown: "Enter  X", text: "accept, refuse what the program suggests" },
  { name: "accept", keys: ["enter"], run: (editor) => editor.accept() },
  { name: "dismiss", keys: ["x"], run: (editor) => editor.dismiss() },
  { group: "Change", shown: "Ctrl+Z", text: "undo; with Shift redo (⌘ on a Mac)" },
  { name: "undo", keys: ["mod+z"], held: true, repeats: true, run: (editor) => editor.history("undo") },
  { name: "redo", keys: ["mod+shift+z", "mod+y"], held: true, repeats: true, run: (editor) => editor.history("redo") },
  { group: "Look", shown: "F  S  O  +  −", text: "whole film, whole spine, 1:1, closer, further away" },
  { name: "fit", keys: ["f"], held: true, run: (editor) => editor.view.fit() },
  { name: "fit-spine", keys: ["s"], held: true, run: (editor) => editor.fitSpine() },
  { name: "one-to-one", keys: ["o"], held: true, run: (editor) => editor.view.oneToOne() },
  { name: "zoom-in", keys: ["+", "="], held: true, repeats: true, run: (editor) => editor.view.zoomMiddle(1.25) },
  { name: "zoom-out", keys: ["-"], held: true, repeats: true, run: (editor) => editor.view.zoomMiddle(0.8) },
  { group: "Look", shown: "I", text: "invert the greys" },
  { name: "invert", keys: ["i"], held: true, run: (editor) => editor.greys.invert() },
  { name: "reset-window", keys: [], held: true, run: (editor) => editor.greys.reset() },
  { group: "Look", shown: "H", text: "hide or show everything drawn over the film" },
  { keys: ["h"], held: true, run: (editor) => editor.layers.toggleAll() },
  { group: "Look", shown: `Shift+1 … ${LAYERS.length}`, text: LAYERS.map(({ title }) => title.toLowerCase()).join(", ") },
  ...LAYERS.map((_, index) => ({
    keys: [`shift+digit${index + 1}`],
    held: true,
    run: (editor) => editor.layers.toggle(index),
  })),
  { group: "Look", shown: "?", text: "this page" },
  { name: "help", keys: ["?"], held: true, run: (editor) => editor.help.toggle() },
];

const TYPED_INTO = 'input:not([type="range"]), textarea, [contenteditable="true"]';
const LISTS = 'select, [role="combobox"]';

const BY_KEY = new Map(COMMANDS.flatMap((command) => (command.keys || []).map((key) => [key, command])));

// The command of a key press, or undefined.
export function commandOf(event) {
  if (event.altKey) return undefined;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return BY_KEY.get(`mod+${event.shiftKey ? "shift+" : ""}${key}`);
  if (event.shiftKey && /^Digit[1-9]$/.test(event.code)) return BY_KEY.get(`shift+${event.code.toLowerCase()}`);
  return BY_KEY.get(key);
}

export function listenToButtons(root, editor) {
  for (const command of COMMANDS.filter(({ name }) => name))
    root.querySelector(`[data-action="${command.name}"]`)?.addEventListener("click", (event) => {
      editor.perform(command, event);
      editor.settleNudges();
    });
}

// Keys work wherever the focus is on the page, but never while the reader types or a dialog is open.
export function listenToKeys(editor) {
  const down = (event) => {
    const command = commandOf(event);
    if (!command || isTyping(event) || (event.repeat && !command.repeats)) return;
    event.preventDefault();
    editor.perform(command, event);
  };
  const up = (event) => {
    if (commandOf({ ...keyOf(event), shiftKey: false })?.repeats) editor.settleNudges();
  };
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  return () => {
    document.removeEventListener("keydown", down);
    document.removeEventListener("keyup", up);
  };
}

function keyOf({ key, code }) {
  return { key, code, altKey: false, ctrlKey: false, metaKey: false };
}

function isTyping({ target, key, ctrlKey, metaKey }) {
  if (target.closest?.('[role="dialog"]:not(.le-help), [role="menu"], [role="listbox"]')) return true;
  const modified = ctrlKey || metaKey;
  // A list that was just used keeps the focus, though nothing is being typed into it.
  if (target.matches?.(LISTS)) return !modified || target.getAttribute("aria-expanded") === "true";
  if (target.matches?.(TYPED_INTO)) return true;
  const onControl = target.matches?.("button, a, summary, [role=button], [role=tab], input");
  return Boolean(onControl) && !modified && ["Enter", " ", "ArrowLeft", "ArrowRight"].includes(key);
}
