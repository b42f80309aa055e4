// The reading page: selected words become the quote of a note; the place is remembered quietly.
const article = document.querySelector("article[data-speech]");

function around(range, paragraph) {
  const before = range.cloneRange();
  before.selectNodeContents(paragraph);
  before.setEnd(range.startContainer, range.startOffset);
  const after = range.cloneRange();
  after.selectNodeContents(paragraph);
  after.setStart(range.endContainer, range.endOffset);
  return [before.toString().slice(-60), after.toString().slice(0, 60)];
}

function offerQuote() {
  const selection = window.getSelection();
  const old = document.getElementById("quote-button");
  if (old) old.remove();
  if (!selection || selection.isCollapsed || !article.dataset.noteUrl) return;
  const range = selection.getRangeAt(0);
  const words = selection.toString().trim().slice(0, 1000);
  const start = range.startContainer.parentElement;
  const section = start && start.closest("section[data-theme]");
  if (!words || !section || !article.contains(range.commonAncestorContainer)) return;
  const paragraph = start.closest("p, h2, h3") || section;
  const [before, after] = around(range, paragraph);
  const query = new URLSearchParams({
    theme: section.dataset.theme, quote: words, quote_before: before, quote_after: after,
  });
  const link = document.createElement("a");
  link.id = "quote-button";
  link.className = "btn btn--pri btn--sm";
  link.href = `${article.dataset.noteUrl}?${query}`;
  link.textContent = "引用并写体会";
  section.insertBefore(link, paragraph.parentElement === section ? paragraph : paragraph.parentElement);
}

function rememberPlace() {
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  let last = "";
  const watcher = new IntersectionObserver((entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    const theme = seen && seen.target.dataset.theme;
    if (!theme || theme === last) return;
    last = theme;
    fetch(article.dataset.positionUrl, {
      method: "POST", headers: token, body: new URLSearchParams({ theme, quiet: "1" }),
    }).catch(() => {});
  }, { rootMargin: "-40% 0px -50% 0px" });
  article.querySelectorAll("section[data-theme]").forEach((section) => watcher.observe(section));
}

if (article) {
  document.addEventListener("mouseup", () => setTimeout(offerQuote, 0));
  document.addEventListener("keyup", (event) => { if (event.shiftKey) offerQuote(); });
  rememberPlace();
}
