// Forms whose fields do not save themselves (form[data-keep]): what was typed is kept on this machine
// until the server took it, and put back when the page is opened again (copies: local.js).
// The copy goes when the next page shows that the post was taken (local.js, settleSent).
import { has, read, remove, sent, write } from "./local.js";

const AFTER = 700; // milliseconds

function fields(form) {
  return form.querySelectorAll("textarea[name]:not([data-save]), input[type=text][name]");
}

function typed(form) {
  const values = {};
  fields(form).forEach((field) => {
    if (field.value !== field.defaultValue) values[field.name] = { base: field.defaultValue, text: field.value };
  });
  return values;
}

function say(form, name) {
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
    remove(name);
    form.reset();
    line.remove();
  });
  line.append(words, drop);
  form.prepend(line);
}

async function restore(form, name) {
  const kept = await read(name);
  let changed = false;
  Object.keys((kept && kept.values) || {}).forEach((key) => {
    const field = form.elements[key];
    const { base, text } = kept.values[key];
    // Never over newer words: only where the field is as it was when typing began.
    if (!field || field.value === text || field.defaultValue !== base || field.value !== base) return;
    field.value = text;
    changed = true;
  });
  if (changed) say(form, name);
}

/* Watch every form[data-keep] in scope, and put back what was not sent. */
export function keepForms(scope) {
  scope.querySelectorAll("form[data-keep]:not([data-keeping])").forEach((form) => {
    form.dataset.keeping = "yes";
    const name = `form-${form.dataset.keep}`;
    if (has(name)) restore(form, name).catch(() => {});
    let timer = 0;
    const store = () => {
      const values = typed(form);
      if (Object.keys(values).length) write(name, { values }).catch(() => {});
      else remove(name);
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(store, AFTER);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      store();
      if (!form.hasAttribute("hx-post")) sent([name]);
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) remove(name);
    });
  });
}

function changed(field) {
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return "defaultValue" in field && field.value !== field.defaultValue;
  const was = Array.from(field.options).find((one) => one.defaultSelected) || field.options[0];
  return Boolean(was) && field.value !== was.value;
}

/* Tell whether a kept form holds words that were not sent, or one of marks (form[data-unsaved]) marks.
   Of marks no copy is kept; a form that came back refused (data-unsaved="yes") holds some. */
export function unsent() {
  return Array.from(document.querySelectorAll("form[data-keep]:not([data-sent])"))
    .some((form) => Object.keys(typed(form)).length > 0)
    || Array.from(document.querySelectorAll("form[data-unsaved]:not([data-sent])"))
      .some((form) => form.dataset.unsaved === "yes" || Array.from(form.elements).some(changed));
}
