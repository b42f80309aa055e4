// The review by keyboard: arrows move from passage to passage, a letter presses its button there.
// The buttons themselves work without script; each carries its letter in data-key.
const PASSAGE = ".review__p";
let current = ""; // id of the passage the keys speak to; it outlives a swap

/* Those on the page; not the ones in a fold that is shut. */
function passages() {
  return Array.from(document.querySelectorAll(PASSAGE)).filter((each) => !each.closest("details:not([open])"));
}

/* Choose a passage; its buttons show. A click chooses without moving focus or page. */
function choose(passage) {
  passages().forEach((each) => each.removeAttribute("aria-current"));
  if (!passage) return;
  current = passage.id;
  passage.setAttribute("aria-current", "true");
}

function go(passage) {
  choose(passage);
  if (!passage) return;
  passage.focus({ preventScroll: true });
  passage.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = passages();
  const at = all.findIndex((each) => each.id === current);
  go(all[Math.max(0, Math.min(all.length - 1, at + by))]);
}

/* The next passage that is unsure, from the top again after the last. */
function nextUnsure() {
  const all = passages();
  const at = all.findIndex((each) => each.id === current);
  const later = all.slice(at + 1).concat(all.slice(0, at + 1));
  go(later.find((each) => each.classList.contains("unsure")));
}

function ready() {
  document.querySelectorAll(PASSAGE).forEach((each) => { each.tabIndex = -1; });
}

/* The passage that the address names: after a cut, or a link to an unsure place. */
function follow() {
  const passage = document.getElementById(window.location.hash.slice(1));
  if (passage && passage.matches(PASSAGE)) go(passage);
}

/* What the letter is for: a button of the passage, or one of the theme it stands in. */
function meant(passage, letter) {
  const own = passage.querySelector(`[data-key="${letter}"]`);
  const theme = passage.closest(".review__theme");
  return own || (theme && theme.querySelector(`.review__hd [data-key="${letter}"]`));
}

document.addEventListener("click", (event) => {
  const passage = event.target.closest(PASSAGE);
  if (passage) choose(passage);
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
    return;
  }
  if (!/^[a-z]$/i.test(event.key)) return;
  const letter = event.key.toLowerCase();
  if (letter === "u") {
    nextUnsure();
    return;
  }
  const passage = document.getElementById(current);
  const target = passage && meant(passage, letter);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.select();
  else target.click();
});

// A swap brings the names as they are stored: what is typed and not yet saved is put back.
let typed = [];
let place = 0;
document.addEventListener("htmx:beforeSwap", () => {
  place = passages().findIndex((each) => each.id === current);
  const sent = document.activeElement && document.activeElement.form;
  typed = Array.from(document.querySelectorAll("#structure input.input"))
    .filter((field) => field.value !== field.defaultValue && field.form !== sent)
    .map((field) => ({ id: field.id, base: field.defaultValue, text: field.value }));
});

// After a change the same passage stays chosen; if it was removed, the one that took its place.
document.addEventListener("htmx:afterSettle", () => {
  ready();
  typed.forEach(({ id, base, text }) => {
    const field = document.getElementById(id);
    if (field && field.value === base) field.value = text;
  });
  typed = [];
  if (!current) return;
  const all = passages();
  const same = document.getElementById(current);
  const moved = same && all.indexOf(same) !== place && same.classList.contains("review__p--out");
  go(same && !moved ? same : all[Math.min(Math.max(place, 0), all.length - 1)]);
});

window.addEventListener("hashchange", follow);
ready();
follow();
