// Mounts the editor into Streamlit's element and hands it new data; called by Streamlit at every run of the script.

import { largestCurve, measureCurves } from "./geometry.js";
import { View } from "./view.js";
import { FilmImage, windowFilter } from "./film.js";
import { Overlay } from "./overlay.js";
import { Magnifier } from "./magnifier.js";
import { GreyWindow, Layers, listenToMenus } from "./controls.js";
import { Offer, Readout, SelectionBar, Unkept } from "./readout.js";
import { Help } from "./help.js";
import { listenToButtons, listenToKeys } from "./commands.js";
import { listenToPointers } from "./pointer.js";
import { Editor } from "./editor.js";

const LOWER_MARGIN = 52; // the intended-use strip and a breath
const TOLERANCE = 0.01; // degrees
const DISAGREEMENT = "Browser and server measured different angles: reload the page.";
const mounts = new WeakMap();

class Mount {
  constructor(root, send) {
    this.root = root;
    this.stage = root.querySelector(".le-stage");
    this.status = root.querySelector(".le-status");
    this.fault = root.querySelector(".le-fault");
    this.editor = this.build(root, send);
    this.film = null;
    listenToMenus(root);
    listenToButtons(root, this.editor);
    listenToPointers(this.stage, this.editor);
    this.stopKeys = listenToKeys(this.editor);
    this.watchSize();
  }

  build(root, send) {
    const film = new FilmImage(root.querySelector(".le-film"));
    const overlay = new Overlay(root.querySelector(".le-overlay"));
    const redraw = () => editor?.requestFrame();
    let editor = null;
    const parts = {
      root,
      film,
      overlay,
      view: new View(redraw),
      magnifier: new Magnifier(root.querySelector(".le-magnifier"), film),
      readout: new Readout(root),
      bar: new SelectionBar(
        root,
        (name) => editor.change("rename", { name }),
        (step) => editor.tell("relabel", { step }),
      ),
      offer: new Offer(root),
      unkept: new Unkept(root),
      help: new Help(root.querySelector(".le-help")),
      greys: new GreyWindow(root, (greys) => (film.canvas.style.filter = windowFilter(greys))),
      layers: new Layers(root.querySelector(".le-layers"), (shown) => {
        overlay.showLayers(shown);
        redraw();
      }),
    };
    editor = new Editor(parts, send);
    return editor;
  }

  watchSize() {
    this.onWindow = () => this.fillWindow();
    this.onBlur = () => this.editor.settleNudges();
    window.addEventListener("resize", this.onWindow);
    this.onLeave = (event) => this.editor.outbox.late && event.preventDefault(); // the browser asks before it closes
    window.addEventListener("blur", this.onBlur);
    window.addEventListener("beforeunload", this.onLeave);
    this.observer = new ResizeObserver(() => this.measureStage());
    this.observer.observe(this.stage);
    this.fillWindow();
  }

  // As tall as the window allows, so that the whole film is seen without scrolling. The workbench scrolls, while the
  // editor, at its upper edge, may stay where it is (page.css).
  fillWindow() {
    const scroller = this.root.closest('[data-testid="stMain"]');
    const bench = this.root.closest(".st-key-workbench") ?? this.root;
    const top = bench.getBoundingClientRect().top + (scroller ? scroller.scrollTop : window.scrollY);
    this.root.style.height = `${Math.max(420, window.innerHeight - top - LOWER_MARGIN)}px`;
  }

  measureStage() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.editor.film.resize(clientWidth, clientHeight);
    this.editor.view.resize(clientWidth, clientHeight);
  }

  update(data, reportMissing) {
    this.fillWindow();
    if (data.film.id !== this.film?.id || Boolean(data.film.url) !== Boolean(this.film.url))
      this.showFilm(data.film, reportMissing);
    this.fault.textContent = agrees(data) ? data.notice : DISAGREEMENT;
    this.editor.receive(data);
  }

  async showFilm(film, reportMissing) {
    this.film = film;
    this.editor.select(null);
    this.editor.view.setFilm(film.width, film.height);
    this.editor.greys.reset();
    this.editor.film.clear();
    this.status.textContent = film.url ? "Loading the film…" : "Open the film again to see it under its landmarks.";
    try {
      if (film.url && (await this.editor.film.load(film))) this.status.textContent = "";
    } catch {
      if (this.film !== film) return;
      this.film = null;
      this.status.textContent = "The film could not be shown.";
      if (!film.url.startsWith("data:")) reportMissing();
    }
    this.editor.requestFrame();
  }

  close() {
    this.stopKeys();
    window.removeEventListener("resize", this.onWindow);
    window.removeEventListener("blur", this.onBlur);
    window.removeEventListener("beforeunload", this.onLeave);
    this.editor.outbox.stop();
    this.observer.disconnect();
    this.editor.film.clear();
  }
}

// Both measure the same corners; if they ever differ, neither number may be trusted silently.
function agrees({ landmarks, curves, largest }) {
  if (!largest) return true;
  const { corners, levels } = landmarks;
  const own = [largestCurve(corners, levels), ...measureCurves(corners, levels)];
  const given = [largest, ...curves];
  return own.length === given.length && own.every((curve, row) => Math.abs(curve.angle - given[row].angle) < TOLERANCE);
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector('[data-testid="landmark-editor"]');
  if (!mounts.has(root)) mounts.set(root, new Mount(root, (message) => setStateValue("outbox", message)));
  const mount = mounts.get(root);
  mount.update(data, () => setStateValue("film_missing", true));
  return () => {
    if (root.isConnected) return; // Streamlit also ends each call that the next one has overtaken
    mount.close();
    mounts.delete(root);
  };
}
