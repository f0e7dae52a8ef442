// The numbers on the stage and the bar under it: what the film measures, which vertebra is chosen.

import { PART_NAMES } from "./spine.js";

const HINT = "Drag a corner, an edge or a whole vertebra. Press ? for everything else.";
const ALL = { "one up (U)": -1, "one down (D)": 1 };

export class Readout {
  constructor(root) {
    this.panel = root.querySelector(".le-readout");
    this.angle = root.querySelector('[data-testid="angle-MAX"]');
    this.levels = root.querySelector(".le-readout-levels");
    this.others = root.querySelector(".le-readout-others");
  }

  // largest: a curve or null; bands: [name, degrees from which it holds], lowest first.
  show(largest, curves, bands) {
    this.panel.hidden = !largest;
    if (!largest) return;
    this.angle.textContent = largest.angle.toFixed(1);
    const band = bands.findLast(([, from]) => largest.angle >= from)[0];
    const severity = band === "none" ? `under ${bands[1][1]}°` : band;
    this.levels.textContent = `${largest.upper}–${largest.lower}, ${severity}`;
    const rest = curves.filter(({ upper, lower }) => upper !== largest.upper || lower !== largest.lower);
    const lines = rest.map(({ angle, upper, lower }) => `${upper}–${lower}  ${angle.toFixed(1)}°`);
    this.others.textContent = lines.join("\n");
  }
}

export class SelectionBar {
  // onRename(name): for the vertebra; onRelabel(step): for all of them.
  constructor(root, onRename, onRelabel) {
    this.hint = root.querySelector(".le-hint");
    this.tools = [...root.querySelectorAll(".le-tools")];
    this.part = root.querySelector(".le-part-name");
    this.name = root.querySelector('[data-action="rename"]');
    this.name.addEventListener("change", () => {
      const { value } = this.name;
      this.name.blur(); // or it would take the next keys for itself
      if (value in ALL) onRelabel(ALL[value]);
      else onRename(value);
    });
  }

  // landmarks: what Python sent, or null; selection: a target or null.
  show(landmarks, selection) {
    this.hint.textContent = landmarks && !selection ? HINT : "";
    this.tools.forEach((tool) => (tool.hidden = !selection));
    if (!selection) return;
    const { levels, names } = landmarks;
    this.name.replaceChildren(choices("This vertebra", names[selection.row]), choices("All names", Object.keys(ALL)));
    this.name.value = levels[selection.row];
    this.part.textContent = PART_NAMES[selection.part];
  }
}

function choices(title, names) {
  const group = document.createElement("optgroup");
  group.label = title;
  group.append(...names.map((name) => new Option(name)));
  return group;
}

// What the reader has done that the case book does not hold yet, where that has lasted: the server is slow or away.
export class Unkept {
  constructor(root) {
    this.panel = root.querySelector(".le-unkept");
  }

  show({ late, entries }) {
    const what = entries.length === 1 ? "Your last change is" : `Your last ${entries.length} changes are`;
    this.panel.textContent = late ? `${what} not kept yet: the server has not answered. Leave this page open.` : "";
  }
}

// What the program suggests and asks the reader to accept: corners for the rest of the spine, or the end of marking.
export class Offer {
  constructor(root) {
    this.panel = root.querySelector(".le-offer");
    this.text = root.querySelector(".le-offer-text");
    this.accept = root.querySelector('[data-action="accept"]');
    this.dismiss = root.querySelector('[data-action="dismiss"]');
  }

  hide() {
    this.panel.hidden = true;
  }

  suggest(count) {
    const what = count === 1 ? "1 vertebra" : `${count} vertebrae`;
    this.show(`Your correction suggests moving ${what} (dashed).`, "Accept", true);
  }

  // count: vertebrae marked so far; refines: whether the corners can be found on the film from here.
  mark(count, refines) {
    const marked = count ? `${count} marked. ` : "";
    const rest = refines ? "Then let the program place the corners." : "Then drag each corner to its place.";
    const ready = refines && count > 1 ? "Place corners" : "";
    this.show(`${marked}Click the centre of each vertebra, from the top down. ${rest}`, ready, false);
  }

  // accept: what the button for it says; none without.
  show(text, accept, dismiss) {
    this.panel.hidden = false;
    this.text.textContent = text;
    this.accept.hidden = !accept;
    this.accept.querySelector("span").textContent = accept;
    this.dismiss.hidden = !dismiss;
  }
}
