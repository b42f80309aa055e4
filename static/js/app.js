// What every page needs on top of plain HTML. Floor: Chromium 86. Nothing here is required to work.
import { keepForms, unsent } from "./keep.js";
import { forgetOthers, prepare, settleSent } from "./local.js";
import { saveFields, unsaved } from "./saving.js";
import { csrf, person, signInAgain } from "./session.js";

const root = document.documentElement;
root.classList.add("js");

/* Say a short sentence in the live region at the top; it goes after six seconds. */
function toast(words) {
  const box = document.getElementById("toasts");
  if (!box) return;
  const item = document.createElement("p");
  item.className = "toast";
  item.textContent = words;
  box.append(item);
  setTimeout(() => item.remove(), 6000);
}
document.addEventListener("say", (event) => toast(event.detail));

/* Ask before a form with data-confirm is sent. Without <dialog> the browser's own box asks. */
function confirmed(form, submitter) {
  const words = (submitter && submitter.dataset.confirm) || form.dataset.confirm;
  if (!words || form.dataset.confirmed === "yes") return true;
  const dialog = document.createElement("dialog");
  if (typeof dialog.showModal !== "function") return window.confirm(words);
  const label = (submitter && submitter.textContent.trim()) || "确定";
  dialog.className = "dialog";
  const text = document.createElement("h2");
  text.id = "confirm-words";
  text.textContent = words;
  dialog.setAttribute("aria-labelledby", text.id);
  const row = document.createElement("div");
  row.className = "actions";
  const no = document.createElement("button");
  no.type = "button";
  no.className = "btn";
  no.textContent = "不了";
  const yes = document.createElement("button");
  yes.type = "button";
  yes.className = "btn btn--pri";
  yes.textContent = label;
  row.append(no, yes);
  dialog.append(text, row);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (submitter) submitter.focus();
  });
  yes.addEventListener("click", () => {
    dialog.close();
    form.dataset.confirmed = "yes";
    form.requestSubmit(submitter || undefined);
    delete form.dataset.confirmed;
  });
  dialog.showModal();
  return false;
}

/* A form is sent once; the button says so after 300 ms. A page that comes back is open again. */
function guard(form, submitter) {
  if (form.dataset.sent === "yes") return false;
  form.dataset.sent = "yes";
  setTimeout(() => {
    if (submitter && form.dataset.sent === "yes") submitter.setAttribute("aria-busy", "true");
  }, 300);
  return true;
}

function release(form) {
  if (!form || !form.dataset) return;
  delete form.dataset.sent;
  form.querySelectorAll('[aria-busy="true"]').forEach((each) => each.removeAttribute("aria-busy"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const submitter = event.submitter || null;
  if (!confirmed(form, submitter) || (form.method === "post" && !guard(form, submitter))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  // A download leaves the page standing, so its button must open again.
  if (form.hasAttribute("data-download")) setTimeout(() => release(form), 4000);
}, true);
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  release(event.target.closest ? event.target.closest("form") : null);
  const lost = event.detail.xhr && event.detail.xhr.status === 0;
  if (lost) toast("网络断开，没有送到。恢复后再试。");
});
document.addEventListener("htmx:responseError", (event) => {
  const words = {
    413: "文字太多，没有收下。内容还在框里，拆开后再提交。",
    503: "没存上，内容还在框里。过一会儿再试；还不行，告诉系统管理员。",
  };
  toast(words[event.detail.xhr && event.detail.xhr.status] || "没有办成。刷新页面再试。");
});

/* A file over its limit (data-most, bytes) is told of when it is chosen, and not sent: the server would
   hang up in the middle of it, and the rest of the form would be gone from the page. */
document.addEventListener("change", (event) => {
  const input = event.target;
  const most = Number(input.dataset.most || 0);
  if (!most || !input.files) return;
  const size = Math.max(0, ...Array.from(input.files, (file) => file.size));
  const mb = (bytes) => `${Math.ceil(bytes / 104857.6) / 10} MB`;
  const words = size > most ? `文件有 ${mb(size)}，超过 ${mb(most)}，没有收下。换小的文件。` : "";
  input.setCustomValidity(words);
  const field = input.closest(".field");
  const said = field.querySelector("[data-too-large]");
  if (said) said.remove();
  field.classList.toggle("field--err", Boolean(words));
  if (!words) return;
  const line = document.createElement("p");
  line.className = "field__err";
  line.dataset.tooLarge = "";
  line.setAttribute("role", "alert");
  line.textContent = words;
  input.before(line);
});

/* A sign-in in another tab renews the token: read it when it is sent. A post says besides for whom the
   page was made, and that it asks for a sign-in in place: no word leaves the page before it is taken. */
document.addEventListener("htmx:configRequest", (event) => {
  const { headers, verb } = event.detail;
  headers["X-CSRFToken"] = csrf();
  if (verb === "get") return;
  headers["X-Saving"] = "1";
  headers["X-Person"] = person();
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr, requestConfig } = event.detail;
  if (xhr.status !== 401 || requestConfig.verb === "get") return;
  event.preventDefault();
  const { submitter } = requestConfig.triggeringEvent || {};
  signInAgain(() => elt.requestSubmit(submitter || undefined));
});

/* The thin bar at the top. Its own style waits 300 ms. */
let waiting = 0;
function bar(step) {
  waiting = Math.max(0, waiting + step);
  const line = document.getElementById("bar");
  if (line) line.classList.toggle("on", waiting > 0);
}
document.addEventListener("htmx:beforeRequest", () => bar(1));
document.addEventListener("htmx:afterRequest", () => bar(-1));

/* Words that neither the server nor this machine's own forms have handed over: warn before leaving. */
window.addEventListener("beforeunload", (event) => {
  if (!unsaved() && !unsent()) return;
  event.preventDefault();
  event.returnValue = "";
});
if (document.querySelector("textarea")) prepare();

/* Copy buttons: data-copy names the element whose text or value is copied. */
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  const field = "value" in source;
  const words = field ? source.value : source.textContent.trim();
  try {
    await navigator.clipboard.writeText(words);
  } catch (error) {
    // No clipboard on plain http: an off-screen field and the old command do it.
    const area = document.createElement("textarea");
    area.className = "sr";
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  toast("已复制");
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-back], [data-print]");
  if (!button) return;
  if (button.hasAttribute("data-copy")) copy(button);
  else if (button.hasAttribute("data-print")) window.print();
  else window.history.back();
});

/* A counter below each textarea with data-count, its limit. No maxlength: a browser would cut a
   paste without a word; what is too long comes back from the server with everything typed. */
function counters(scope) {
  scope.querySelectorAll("textarea[data-count]:not([data-counted])").forEach((area) => {
    area.dataset.counted = "yes";
    const line = document.createElement("p");
    line.className = "hint";
    const limit = Number(area.dataset.count);
    const show = () => {
      const length = Array.from(area.value).length;
      line.textContent = `${length} / ${limit} 字${length > limit ? "，超过了，先删减或分成两条" : ""}`;
    };
    area.addEventListener("input", show);
    area.after(line);
    show();
  });
}

/* A field that grows with its words, up to the limit of its style. */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-grow]")) grow(event.target);
});
document.querySelectorAll("[data-grow]").forEach((area) => { if (area.value) grow(area); });

/* Focus: the summary of a failed form. */
function focusErrors(scope) {
  const summary = scope.querySelector("[data-focus]");
  if (summary) summary.focus();
}

function ready(scope) {
  counters(scope);
  saveFields(scope);
  keepForms(scope);
  focusErrors(scope);
}
forgetOthers();
settleSent();
ready(document);
document.addEventListener("htmx:afterSwap", (event) => ready(event.detail.target || document));

/* Keys: "/" goes to the search field, Ctrl+Enter sends the form one is typing in. */
document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector('input[type="search"]');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea") && event.target.form) {
    event.preventDefault();
    const main = event.target.form.querySelector("button.btn--pri, button:not([type=button])");
    event.target.form.requestSubmit(main || undefined);
  }
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
});
