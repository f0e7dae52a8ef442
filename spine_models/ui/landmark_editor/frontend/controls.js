// The toolbar: layers, zoom buttons, grey window.

const STORED_LAYERS = "landmark-editor-layers";

export const LAYERS = [
  { name: "corners", title: "Corners", shown: true },
  { name: "names", title: "Levels", shown: true },
  { name: "masks", title: "Masks", shown: true },
  { name: "lines", title: "Angles", shown: true },
  { name: "tilt", title: "Tilt", shown: false },
];

// Which layers are shown; the reader's choice is kept by the browser (it says nothing about a patient).
export function layerControls(group, onChange) {
  const shown = Object.fromEntries(LAYERS.map((layer) => [layer.name, layer.shown]));
  try {
    Object.assign(shown, JSON.parse(localStorage.getItem(STORED_LAYERS) || "{}"));
  } catch {
    // A browser that keeps nothing starts with the usual layers.
  }
  for (const { name, title } of LAYERS) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.layer = name;
    button.textContent = title;
    button.title = `Show or hide: ${title.toLowerCase()}`;
    button.setAttribute("aria-pressed", shown[name]);
    button.addEventListener("click", () => {
      shown[name] = !shown[name];
      button.setAttribute("aria-pressed", shown[name]);
      try {
        localStorage.setItem(STORED_LAYERS, JSON.stringify(shown));
      } catch {
        // See above.
      }
      onChange(shown);
    });
    group.append(button);
  }
  onChange(shown);
}

export class GreyWindow {
  constructor(root, onChange) {
    this.width = 1;
    this.centre = 0.5;
    this.inverted = false;
    this.onChange = onChange;
    this.sliders = Object.fromEntries(
      ["width", "centre"].map((name) => [name, root.querySelector(`[data-window="${name}"]`)]),
    );
    this.invertButton = root.querySelector('[data-action="invert"]');
    for (const [name, slider] of Object.entries(this.sliders))
      slider.addEventListener("input", () => this.set({ [name]: slider.value / 100 }));
  }

  set(values) {
    Object.assign(this, values);
    this.width = Math.min(2, Math.max(0.02, this.width));
    this.centre = Math.min(1, Math.max(0, this.centre));
    for (const [name, slider] of Object.entries(this.sliders)) slider.value = Math.round(this[name] * 100);
    this.invertButton.setAttribute("aria-pressed", this.inverted);
    this.onChange(this);
  }

  // As on reading-room workstations: sideways widens the window, downwards moves it up and darkens the film.
  drag(dx, dy) {
    this.set({ width: this.width + dx / 400, centre: this.centre + dy / 400 });
  }

  reset() {
    this.set({ width: 1, centre: 0.5 });
  }
}

export function actionButtons(root, view, greys) {
  const actions = {
    "zoom-in": () => view.zoomMiddle(1.25),
    "zoom-out": () => view.zoomMiddle(0.8),
    fit: () => view.fit(),
    "one-to-one": () => view.oneToOne(),
    invert: () => greys.set({ inverted: !greys.inverted }),
    "reset-window": () => greys.reset(),
  };
  for (const [name, action] of Object.entries(actions))
    root.querySelector(`[data-action="${name}"]`).addEventListener("click", action);
}
