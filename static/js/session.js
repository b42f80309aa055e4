// Who is signed in, the token that proves a form is ours, and signing in again without leaving.

/* The newest CSRF token: a sign-in in another tab changes it, so it is read when it is needed. */
export function csrf() {
  const found = document.cookie.match(/(?:^|;\s*)(?:__Host-)?csrf=([^;]+)/);
  if (found) return decodeURIComponent(found[1]);
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field ? field.value : "";
}

/* Number of the person this page was made for; empty on a page for strangers. */
export function person() {
  return document.body.dataset.person || "";
}

/* What a request by script says: the token, that it wants an answer and no page, and for whom the
   page was made, so that nobody who signed in elsewhere in this browser is given another's words. */
export function headers() {
  return { "X-CSRFToken": csrf(), "X-Saving": "1", "X-Person": person(), Accept: "application/json" };
}

/* Forms of this page carry the old token after a sign-in elsewhere: give them the new one. */
function renew() {
  document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = csrf(); });
}

/* A token that changed means a sign-in in another tab. The same person's forms get the new one;
   with anybody else signed in the old one stays, and the form is refused. */
let known = csrf();

export function signedInElsewhere() {
  return csrf() !== known;
}

export async function renewIfSame() {
  known = csrf();
  const answer = await fetch("/local-key/", { method: "POST", headers: headers() }).catch(() => null);
  if (answer && answer.ok) renew();
}

let dialog = null;

function field(label, type, name, complete) {
  const box = document.createElement("p");
  box.className = "field";
  const words = document.createElement("label");
  words.className = "field__label";
  words.htmlFor = `again-${name}`;
  words.textContent = label;
  const input = document.createElement("input");
  input.className = "input";
  input.id = `again-${name}`;
  input.type = type;
  input.name = name;
  input.autocomplete = complete;
  input.required = true;
  box.append(words, input);
  return box;
}

function build() {
  const made = document.createElement("dialog");
  made.className = "dialog";
  made.setAttribute("aria-labelledby", "again-title");
  const form = document.createElement("form");
  form.dataset.again = "yes";
  const title = document.createElement("h2");
  title.id = "again-title";
  title.textContent = "登录已过期";
  const words = document.createElement("p");
  words.textContent = "写的内容都在。重新登录，接着写。";
  const wrong = document.createElement("p");
  wrong.className = "field__err";
  wrong.setAttribute("role", "alert");
  const row = document.createElement("p");
  row.className = "actions";
  const later = document.createElement("button");
  later.type = "button";
  later.className = "btn";
  later.textContent = "先不登录";
  later.addEventListener("click", () => made.close());
  const go = document.createElement("button");
  go.className = "btn btn--pri";
  go.textContent = "登录";
  row.append(later, go);
  form.append(title, words, wrong, field("登录名", "text", "username", "username"),
    field("密码", "password", "password", "current-password"), row);
  made.append(form);
  document.body.append(made);
  return { made, form, wrong };
}

/* Ask for name and password in a dialog; the same person goes on, anybody else starts anew. */
export function signInAgain(then) {
  if (dialog) return;
  const { made, form, wrong } = build();
  dialog = made;
  made.addEventListener("close", () => {
    made.remove();
    dialog = null;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    wrong.textContent = "";
    try {
      const answer = await fetch("/login/", {
        method: "POST",
        headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "manual",
        cache: "no-store",
      });
      const found = await answer.json();
      if (answer.status !== 200) {
        wrong.textContent = found.sentence || "没登录上，再试一次。";
        return;
      }
      if (String(found.person) !== person()) {
        // Another person: what stands here is not theirs to see or to send.
        window.dispatchEvent(new Event("saving:leave"));
        window.location.replace("/");
        return;
      }
      renew();
      known = csrf();
      made.close();
      then();
    } catch (error) {
      wrong.textContent = "网络断开，没登录上。恢复后再试，内容还在。";
    }
  });
  made.showModal();
}
