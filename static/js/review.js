// The review by keyboard: arrows move from passage to passage, a letter presses its button there.
// The buttons themselves work without script; each carries its letter in data-key.
const PASSAGE = ".review__p";
let current = ""; // id of the passage the keys speak to; it outlives a swap

function passages() {
  return Array.from(document.querySelectorAll(PASSAGE));
}

function go(passage) {
  passages().forEach((each) => each.removeAttribute("aria-current"));
  if (!passage) return;
  current = passage.id;
  passage.setAttribute("aria-current", "true");
  passage.focus({ preventScroll: true });
  passage.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = passages();
  const at = all.findIndex((each) => each.id === current);
  go(all[Math.max(0, Math.min(all.length - 1, at + by))]);
}

function ready() {
  passages().forEach((each) => { each.tabIndex = -1; });
}

document.addEventListener("click", (event) => {
  const passage = event.target.closest(PASSAGE);
  if (passage) current = passage.id;
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
    return;
  }
  const passage = document.getElementById(current);
  if (!passage || !/^[a-z]$/i.test(event.key)) return;
  const button = passage.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// After a change the same passage stays chosen; if it was removed, the one that took its place.
let place = 0;
document.addEventListener("htmx:beforeSwap", () => {
  place = passages().findIndex((each) => each.id === current);
});
document.addEventListener("htmx:afterSettle", () => {
  ready();
  if (!current) return;
  const all = passages();
  go(document.getElementById(current) || all[Math.min(Math.max(place, 0), all.length - 1)]);
});

ready();
