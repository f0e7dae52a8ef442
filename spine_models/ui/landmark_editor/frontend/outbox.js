// Edits on their way to Python. Streamlit may skip messages, so every message holds all edits not yet acknowledged:
// none is lost, and none is applied twice, because each has a number. What is written while the line to Python is down
// vanishes unseen, so the message is sent again until it is answered.

const PATIENCE = 6000; // milliseconds; most answers take a fifth of a second, the slowest repeat does no harm

export class Outbox {
  // send(message): hands the message to Python. onChange(): after any change of what is waiting.
  constructor(send, onChange) {
    this.send = send;
    this.onChange = onChange;
    this.client = crypto.getRandomValues(new Uint32Array(2)).join("-"); // this editor, as Python tells it from others
    this.next = 1;
    this.entries = [];
    this.late = false; // whether an answer has been due for so long that the reader must know
  }

  // base: the version on which the edit was made; Python refuses it if anybody else has changed the case since.
  push(action, base, details = {}) {
    this.entries.push({ ...details, action, base, seq: this.next });
    this.next += 1;
    this.deliver();
    this.onChange();
  }

  deliver() {
    this.send({ client: this.client, entries: this.entries });
    this.stop();
    this.timer = setTimeout(() => {
      this.late = true;
      this.deliver();
      this.onChange();
    }, PATIENCE);
  }

  stop() {
    clearTimeout(this.timer);
  }

  acknowledge({ client, seq }) {
    if (client !== this.client) return;
    this.entries = this.entries.filter((entry) => entry.seq > seq);
    if (this.empty) {
      this.stop();
      this.late = false;
    }
    this.onChange();
  }

  get empty() {
    return this.entries.length === 0;
  }

  // Whether Python will answer with landmarks this browser does not know yet.
  get awaitsLandmarks() {
    return this.entries.some(({ action }) => action !== "move");
  }
}
