// What can be done, on one page: the same list the keyboard obeys.

import { COMMANDS } from "./commands.js";

const WITH_THE_POINTER = [
  ["Drag a corner", "moves it; a magnifier shows the place under it"],
  ["Drag an edge", "moves the endplate"],
  ["Drag a body", "moves the vertebra; with Alt, or by the round handle beside it, turns it"],
  ["Click", "chooses a vertebra; on a tablet tap it before dragging"],
  ["Wheel, pinch", "zooms"],
  ["Drag the film", "pans; right-drag changes the greys; double-click shows it all"],
];

export class Help {
  constructor(panel) {
    this.panel = panel;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close ?";
    close.addEventListener("click", () => this.toggle());
    panel.append(close, table("Mouse, pen, finger", WITH_THE_POINTER), ...["Choose", "Change", "Look"].map(keysOf));
  }

  toggle() {
    this.panel.hidden = !this.panel.hidden;
    if (!this.panel.hidden) this.panel.querySelector("button").focus();
  }
}

function keysOf(group) {
  return table(group, COMMANDS.filter((command) => command.group === group).map(({ shown, text }) => [shown, text]));
}

function table(title, rows) {
  const section = document.createElement("section");
  const heading = document.createElement("h4");
  heading.textContent = title;
  const list = document.createElement("dl");
  for (const [term, text] of rows) {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = text;
    list.append(dt, dd);
  }
  section.append(heading, list);
  return section;
}
