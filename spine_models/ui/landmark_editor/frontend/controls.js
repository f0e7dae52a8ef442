// The toolbar: layers, grey window, menus, buttons.

const STORED_LAYERS = "landmark-editor-layers";

export const LAYERS = [
  { name: "corners", title: "Corners", shown: true },
  { name: "names", title: "Levels", shown: true },
  { name: "masks", title: "Masks", shown: true },
  { name: "lines", title: "Angles", shown: true },
  { name: "tilt", title: "Tilt", shown: false },
  { name: "spread", title: "Spread", shown: false, about: "where each corner lies on 95 % of films" },
];

// Which layers are shown; the reader's choice is kept by the browser (it says nothing about a patient). Hiding them all
// at once is for a look at the bare film and is not kept.
export class Layers {
  constructor(group, onChange) {
    this.onChange = onChange;
    this.shown = Object.fromEntries(LAYERS.map((layer) => [layer.name, layer.shown]));
    try {
      Object.assign(this.shown, JSON.parse(localStorage.getItem(STORED_LAYERS) || "{}"));
    } catch {
      // A browser that keeps nothing starts with the usual layers.
    }
    this.hidden = false;
    this.buttons = LAYERS.map(({ name, title, about = title.toLowerCase() }, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.layer = name;
      button.textContent = title;
      button.title = `Show or hide: ${about} (Shift+${index + 1})`;
      button.addEventListener("click", () => this.toggle(index));
      group.append(button);
      return button;
    });
    this.apply();
  }

  toggle(index) {
    const { name } = LAYERS[index];
    this.shown[name] = !this.shown[name];
    this.hidden = false;
    try {
      localStorage.setItem(STORED_LAYERS, JSON.stringify(this.shown));
    } catch {
      // See above.
    }
    this.apply();
  }

  get visible() {
    return !this.hidden;
  }

  toggleAll() {
    this.hidden = !this.hidden;
    this.apply();
  }

  apply() {
    for (const button of this.buttons)
      button.setAttribute("aria-pressed", this.shown[button.dataset.layer] && !this.hidden);
    this.onChange({ ...this.shown, all: !this.hidden });
  }
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

  invert() {
    this.set({ inverted: !this.inverted });
  }

  reset() {
    this.set({ width: 1, centre: 0.5 });
  }
}

// Menus are open side by side with the other buttons where there is room (see editor.css), else one click away.
export function listenToMenus(root) {
  const menus = [...root.querySelectorAll(".le-menu")];
  const open = (menu, shown) => {
    menu.classList.toggle("le-open", shown);
    menu.querySelector(".le-menu-button").setAttribute("aria-expanded", shown);
  };
  for (const menu of menus) {
    const button = menu.querySelector(".le-menu-button");
    button.addEventListener("click", () => open(menu, !menu.classList.contains("le-open")));
  }
  root.addEventListener("pointerdown", (event) => {
    menus.filter((menu) => !menu.contains(event.target)).forEach((menu) => open(menu, false));
  });
}
