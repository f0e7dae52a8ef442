// Streamlit starts in the system's colours; a reading room starts dark. Done once per path, because Streamlit keeps the
// reader's choice under the path of the first page opened; the choice made on another page of this app counts here too.
// It is chosen in Streamlit's own menu, in a frame or two. To load the page again with the choice stored would call off
// whatever the reader has begun by then: an address typed, a link followed, a film dropped.
(async () => {
  const theme = (path) => `stActiveTheme-${path}-v2`;
  const started = "spine-models-themed:";
  const moment = () => new Promise((done) => setTimeout(done, 20));
  const found = async (testId) => {
    for (let tries = 0; tries < 100; tries++) {
      const element = document.querySelector(`[data-testid="${testId}"]`);
      if (element) return element;
      await moment();
    }
    throw new Error(`no ${testId}`);
  };
  const veil = document.createElement("style");
  veil.textContent = '[data-testid="stMainMenuPopover"] { opacity: 0; pointer-events: none; }';
  try {
    const path = location.pathname;
    if (localStorage.getItem(started + path)) return;
    const other = Object.keys(localStorage).find((key) => key.startsWith(started));
    const choice = (other && localStorage.getItem(theme(other.slice(started.length)))) || '"Dark"';
    localStorage.setItem(started + path, "yes");
    localStorage.setItem(theme(path), choice); // for the next visit, should the menu be closed by a click meanwhile
    const menu = await found("stMainMenuButton");
    document.head.append(veil);
    const focused = document.activeElement;
    menu.click();
    (await found(`stMainMenuItem-theme-${JSON.parse(choice)}`)).click();
    menu.click();
    await moment(); // the menu gives itself the focus when it has closed
    menu.blur();
    focused.focus();
  } catch {
    // A browser that stores nothing, or a menu that has changed: the system's colours stay.
  } finally {
    veil.remove();
  }
})();
