// The page of a meeting while it runs. It asks for news every few seconds; this sees to it that
// nothing is swapped under somebody's hands and that no answer takes the page away.
// It does not import app.js: under another address than the page's own that would run twice.
let over = false; // the sign-in ran out: no more asking

/* Somebody reads with the keyboard, has words selected, or presses a button in there. */
function inUse(part) {
  if (!part) return false;
  const selection = window.getSelection();
  const chosen = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  return part.contains(document.activeElement) || Boolean(chosen);
}

function hasWords() {
  return Array.from(document.querySelectorAll(".compose textarea")).some((area) => area.value.trim());
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.hasAttribute("data-poll")) return;
  const busy = inUse(event.target) || inUse(document.getElementById("roll"));
  if (over || document.hidden || busy) event.preventDefault();
});

// An expired sign-in answers with the way to the sign-in page. Words come first: they stay.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!event.target.hasAttribute("data-poll") || event.detail.xhr.status !== 401) return;
  over = true;
  if (!hasWords()) return;
  event.preventDefault();
  const words = "登录已过期。写的内容留在本机，提交时重新登录就能找回。";
  document.dispatchEvent(new CustomEvent("say", { detail: words }));
});

/* A field that grows with its words, up to the limit of its style. */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-grow]")) grow(event.target);
});
document.querySelectorAll("[data-grow]").forEach((area) => { if (area.value) grow(area); });
