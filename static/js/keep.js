// Keep on this machine what was typed into form[data-keep], until the server took it.
// The text leaves the store when the next page shows that the post was accepted: a page
// that shows the same form with errors (or the sign-in page) keeps it. Kept 7 days at most, and
// one person never sees another's: the key holds the name that the page was served to.
const DAYS = 7;
const PREFIX = "keep:";
const SENT = "keep-sent";

function owner() {
  const link = document.querySelector(".user");
  return link ? link.textContent.trim() : "";
}

function keyOf(form) {
  return `${PREFIX}${owner()}:${form.dataset.keep}`;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) || "null");
  } catch (error) {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    // A full or forbidden store: the words are still in the field.
  }
}

function typed(form) {
  const values = {};
  form.querySelectorAll("textarea[name], input[type=text][name]").forEach((field) => {
    if (field.value !== field.defaultValue) {
      values[field.name] = { base: field.defaultValue, text: field.value };
    }
  });
  return values;
}

function restore(form, kept) {
  let changed = false;
  Object.keys(kept.values).forEach((name) => {
    const field = form.elements[name];
    const { base, text } = kept.values[name];
    if (!field || !("value" in field) || field.value === text) return;
    // Never over newer words from the server: only where the field is as it was when typing began.
    if (field.defaultValue !== base || field.value !== base) return;
    field.value = text;
    changed = true;
  });
  if (!changed) return;
  form.dataset.typed = "yes";
  const line = document.createElement("p");
  line.className = "note mb";
  line.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = "上次没提交的内容已找回。";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn--link";
  drop.textContent = "不要了";
  drop.addEventListener("click", () => {
    write(keyOf(form), null);
    form.reset();
    delete form.dataset.typed;
    line.remove();
  });
  line.append(words, drop);
  form.prepend(line);
}

function settle(forms) {
  // A post went out from the last page. If this page does not show the same form with errors and
  // is not the sign-in page, it was accepted.
  const sent = sessionStorage.getItem(SENT);
  if (!sent) return;
  sessionStorage.removeItem(SENT);
  if (!owner()) return;
  const failed = document.querySelector(".errsum, .oops")
    || forms.some((form) => keyOf(form) === sent && form.querySelector(".field--err"));
  if (!failed) write(sent, null);
}

function expire() {
  const limit = Date.now() - DAYS * 86400000;
  Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => {
    const kept = read(key);
    if (!kept || kept.at < limit) write(key, null);
  });
}

/* Watch every form[data-keep] in scope, and put back what was not sent. */
export function keepForms(scope) {
  const forms = Array.from(scope.querySelectorAll("form[data-keep]:not([data-keeping])"));
  try {
    if (scope === document) {
      settle(forms);
      expire();
    }
  } catch (error) {
    return; // No store on this machine: nothing to keep.
  }
  forms.forEach((form) => {
    form.dataset.keeping = "yes";
    const key = keyOf(form);
    const kept = read(key);
    if (kept) restore(form, kept);
    let timer = 0;
    const store = () => {
      const values = typed(form);
      write(key, Object.keys(values).length ? { at: Date.now(), values } : null);
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(store, 400);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      store();
      if (!form.hasAttribute("hx-post")) sessionStorage.setItem(SENT, key);
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) write(key, null);
    });
  });
}
