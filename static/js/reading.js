// The reading page: selected words become the quote of a note, the place is remembered, and the
// notes at the right follow the theme being read. Without script: plain links and buttons.
const article = document.querySelector("article[data-speech]");
const WIDE = "screen and (min-width: 1181px)"; // the notes stand beside the text
const GLANCED = 500; // milliseconds in a theme until its notes are shown
const SETTLED = 3000; // milliseconds in a theme that count as reading it

function tidy(words) {
  return words.replace(/\s*\n\s*/g, "\n").trim();
}

function proseOf(node) {
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  return element && element.closest("section[data-theme] .prose");
}

function around(range, prose) {
  const before = range.cloneRange();
  before.selectNodeContents(prose);
  before.setEnd(range.startContainer, range.startOffset);
  const after = range.cloneRange();
  after.selectNodeContents(prose);
  after.setStart(range.endContainer, range.endOffset);
  return [tidy(before.toString()).slice(-60), tidy(after.toString()).slice(0, 60)];
}

/* The button that quotes what is selected; one link, moved about. */
const button = document.createElement("a");
button.className = "btn btn--pri btn--sm quotebtn";
button.id = "quote-button";
button.textContent = "引用并写体会";
button.hidden = true;
// Pressing must not clear the selection before the click arrives.
button.addEventListener("mousedown", (event) => event.preventDefault());

function offerQuote() {
  const selection = window.getSelection();
  button.hidden = true;
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  const prose = proseOf(range.startContainer);
  const words = tidy(selection.toString()).slice(0, 1000);
  if (!words || !prose || !prose.contains(range.endContainer)) return;
  const [before, after] = around(range, prose);
  const query = new URLSearchParams({
    theme: prose.closest("section").dataset.theme,
    speech: article.dataset.speech,
    quote: words,
    quote_before: before,
    quote_after: after,
  });
  button.href = `${article.dataset.noteUrl}?${query}`;
  const box = range.getBoundingClientRect();
  button.hidden = false;
  const right = document.documentElement.clientWidth - button.offsetWidth - 8;
  button.style.left = `${Math.max(8, Math.min(box.left, right)) + window.scrollX}px`;
  button.style.top = `${box.bottom + window.scrollY + 8}px`;
}

function offerQuotes() {
  document.body.append(button);
  let timer = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(offerQuote, 200);
  });
}

/* Where one reads: the list of contents, the notes beside it, and the private reading position. */
function post(theme) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  const body = new URLSearchParams({ theme, quiet: "1" });
  fetch(article.dataset.positionUrl, { method: "POST", headers, body }).catch(() => {});
}

function showNotes(link) {
  const notes = document.getElementById("theme-notes");
  if (!notes || !window.htmx || !window.matchMedia(WIDE).matches) return false;
  // Never under the hands of someone who is in the notes.
  if (notes.contains(document.activeElement) || notes.matches(":hover")) return false;
  window.htmx.ajax("GET", link.getAttribute("hx-get"), { target: "#theme-notes", swap: "outerHTML" });
  return true;
}

function follow() {
  const pane = document.getElementById("theme-notes");
  let scrolled = false;
  let stored = "";
  let shown = pane ? pane.getAttribute("hx-get") : "";
  let glance = 0;
  let stay = 0;
  window.addEventListener("scroll", () => { scrolled = true; }, { passive: true });
  const look = (section) => {
    const link = section.querySelector("a[hx-get]");
    if (!link || link.getAttribute("hx-get") === shown) return;
    if (showNotes(link)) shown = link.getAttribute("hx-get");
  };
  const settle = (section) => {
    if (scrolled && section.dataset.theme !== stored) post(section.dataset.theme);
    if (scrolled) stored = section.dataset.theme;
    look(section);
  };
  const enter = (section) => {
    document.querySelectorAll(".toc a, .chips a").forEach((link) => {
      if (link.hash === `#${section.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    clearTimeout(glance);
    clearTimeout(stay);
    glance = setTimeout(look, GLANCED, section);
    stay = setTimeout(settle, SETTLED, section);
  };
  const watcher = new IntersectionObserver((entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    if (seen) enter(seen.target);
  }, { rootMargin: "-30% 0px -65% 0px" });
  article.querySelectorAll("section[data-theme]").forEach((section) => watcher.observe(section));
}

/* On a narrow screen the notes stand far below: their link opens their own page there. */
function openNotesAlone(event) {
  const link = event.detail.elt;
  if (!link.matches("a[hx-get]") || window.matchMedia(WIDE).matches) return;
  event.preventDefault();
  window.location.assign(link.href);
}

if (article) {
  if (article.dataset.noteUrl) offerQuotes();
  follow();
  document.addEventListener("htmx:confirm", openNotesAlone);
}
