// Edits on their way to Python. Streamlit may skip messages, so every message holds all edits not yet acknowledged:
// none is lost, and none is applied twice, because each has a number.

export class Outbox {
  // send(message): hands the message to Python. onChange(): after any change of what is waiting.
  constructor(send, onChange) {
    this.send = send;
    this.onChange = onChange;
    this.client = crypto.getRandomValues(new Uint32Array(2)).join("-"); // this editor, as Python tells it from others
    this.next = 1;
    this.entries = [];
  }

  // base: the version on which the edit was made; Python refuses it if anybody else has changed the case since.
  push(action, base, details = {}) {
    this.entries.push({ ...details, action, base, seq: this.next });
    this.next += 1;
    this.send({ client: this.client, entries: this.entries });
    this.onChange();
  }

  acknowledge({ client, seq }) {
    if (client !== this.client) return;
    this.entries = this.entries.filter((entry) => entry.seq > seq);
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
