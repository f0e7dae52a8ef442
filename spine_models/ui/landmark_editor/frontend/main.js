// Mounts the editor into Streamlit's element and hands it new data; called by Streamlit at every run of the script.

import { largestCurve, measureCurves } from "./geometry.js";
import { View } from "./view.js";
import { FilmImage, windowFilter } from "./film.js";
import { Overlay } from "./overlay.js";
import { GreyWindow, actionButtons, layerControls } from "./controls.js";
import { listenToPointers } from "./pointer.js";

const LOWER_MARGIN = 52; // the intended-use strip and a breath
const TOLERANCE = 0.01; // degrees
const editors = new WeakMap();

class Editor {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".le-stage");
    this.status = root.querySelector(".le-status");
    this.fault = root.querySelector(".le-fault");
    this.film = new FilmImage(root.querySelector(".le-film"));
    this.overlay = new Overlay(root.querySelector(".le-overlay"));
    this.view = new View(() => this.requestFrame());
    this.greys = new GreyWindow(root, (greys) => (this.film.canvas.style.filter = windowFilter(greys)));
    this.filmId = null;
    this.version = null;
    layerControls(root.querySelector(".le-layers"), (shown) => {
      this.overlay.showLayers(shown);
      this.requestFrame();
    });
    actionButtons(root, this.view, this.greys);
    listenToPointers(this.stage, this.view, this.greys);
    this.watchSize();
  }

  watchSize() {
    this.onWindow = () => this.fillWindow();
    window.addEventListener("resize", this.onWindow);
    this.observer = new ResizeObserver(() => this.measureStage());
    this.observer.observe(this.stage);
    this.observer.observe(this.root.querySelector(".le-toolbar"));
    this.fillWindow();
  }

  // As tall as the window allows, so that the whole film is seen without scrolling.
  fillWindow() {
    const scroller = this.root.closest('[data-testid="stMain"]');
    const top = this.root.getBoundingClientRect().top + (scroller ? scroller.scrollTop : window.scrollY);
    this.root.style.height = `${Math.max(420, window.innerHeight - top - LOWER_MARGIN)}px`;
  }

  measureStage() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.film.resize(clientWidth, clientHeight);
    this.view.resize(clientWidth, clientHeight);
  }

  requestFrame() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.film.draw(this.view);
      this.overlay.draw(this.view);
    });
  }

  update(data, reportMissing) {
    this.fillWindow();
    if (data.film.id !== this.filmId) this.showFilm(data.film, reportMissing);
    if (data.version !== this.version) {
      this.version = data.version;
      this.overlay.setContent(data.landmarks, data.curves, data.largest);
      this.showReadout(data.largest);
      this.fault.textContent = agrees(data) ? "" : "Browser and server measured different angles: reload the page.";
      this.requestFrame();
    }
  }

  async showFilm(film, reportMissing) {
    this.filmId = film.id;
    this.view.setFilm(film.width, film.height);
    this.greys.reset();
    this.status.textContent = "Loading the film…";
    try {
      if (await this.film.load(film)) this.status.textContent = "";
    } catch {
      if (this.filmId !== film.id) return;
      this.filmId = null;
      this.status.textContent = "The film could not be shown.";
      if (!film.url.startsWith("data:")) reportMissing();
    }
    this.requestFrame();
  }

  showReadout(largest) {
    const readout = this.root.querySelector(".le-readout");
    readout.hidden = !largest;
    if (!largest) return;
    readout.querySelector('[data-testid="angle-MAX"]').textContent = largest.angle.toFixed(1);
    const band = largest.severity === "none" ? "under 10°" : largest.severity;
    readout.querySelector(".le-readout-levels").textContent = `${largest.upper}–${largest.lower}, ${band}`;
  }

  close() {
    window.removeEventListener("resize", this.onWindow);
    this.observer.disconnect();
    this.film.clear();
  }
}

// Both measure the same corners; if they ever differ, neither number may be trusted silently.
function agrees({ landmarks, curves, largest }) {
  if (!landmarks) return true;
  const { corners, levels } = landmarks;
  const own = [largestCurve(corners, levels), ...measureCurves(corners, levels)];
  const given = [largest, ...curves];
  return own.length === given.length && own.every((curve, row) => Math.abs(curve.angle - given[row].angle) < TOLERANCE);
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector('[data-testid="landmark-editor"]');
  if (!editors.has(root)) editors.set(root, new Editor(root));
  const editor = editors.get(root);
  editor.update(data, () => setStateValue("film_missing", true));
  return () => {
    editor.close();
    editors.delete(root);
  };
}
