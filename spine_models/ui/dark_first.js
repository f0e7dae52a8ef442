// Streamlit starts in the system's colours; a reading room starts dark. Done once per path, because Streamlit keeps the
// reader's choice under the path of the first page opened; the choice made on another page of this app counts here too.
(() => {
  const theme = (path) => `stActiveTheme-${path}-v2`;
  const started = "spine-models-themed:";
  try {
    const path = location.pathname;
    if (localStorage.getItem(started + path)) return;
    const other = Object.keys(localStorage).find((key) => key.startsWith(started));
    const choice = (other && localStorage.getItem(theme(other.slice(started.length)))) || '"Dark"';
    localStorage.setItem(started + path, "yes");
    localStorage.setItem(theme(path), choice);
    const shown = getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme;
    if (choice === '"System"' || choice.toLowerCase() === `"${shown}"`) return;
    document.getElementById("root").remove(); // nothing may be clicked or dropped before the page comes back
    location.reload();
  } catch {
    // A browser that stores nothing keeps the system's colours.
  }
})();
