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

function field(label, name, complete, more = {}) {
  const box = document.createElement("p");
  box.className = "field";
  const words = document.createElement("label");
  words.className = "field__label";
  words.htmlFor = `again-${name}`;
  words.textContent = label;
  const input = document.createElement("input");
  input.className = "input";
  input.id = `again-${name}`;
  input.type = more.type || "text";
  input.name = name;
  input.autocomplete = complete;
  input.autocapitalize = "none";
  input.required = true;
  box.append(words);
  if (more.hint) {
    const hint = document.createElement("span");
    hint.className = "field__hint";
    hint.id = `again-${name}-hint`;
    hint.textContent = more.hint;
    input.setAttribute("aria-describedby", hint.id);
    box.append(hint);
  }
  box.append(input);
  return box;
}

/* The two steps of a sign-in: where each is sent, and its fields. */
function steps() {
  return {
    password: {
      address: "/login/",
      fields: [field("登录名", "username", "username"),
        field("密码", "password", "current-password", { type: "password" })],
    },
    code: {
      address: "/login/code/",
      fields: [field("验证码", "code", "one-time-code",
        { hint: "手机上验证器显示的6位数字；手机不在身边，用一个恢复码。" })],
    },
  };
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
  const wrong = document.createElement("div");
  wrong.className = "field__err";
  wrong.setAttribute("role", "alert");
  const slot = document.createElement("div");
  const row = document.createElement("div");
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
  form.append(title, words, slot, wrong, row);
  made.append(form);
  document.body.append(made);
  return { made, form, wrong, slot, words, go };
}

/* Ask for name and password in a dialog, and for the code of who has a second factor; the same
   person goes on, anybody else starts anew. */
export function signInAgain(then) {
  if (dialog) return;
  const { made, form, wrong, slot, words, go } = build();
  const all = steps();
  let step = null;
  let asking = false;
  let waits = null;
  dialog = made;
  made.addEventListener("close", () => {
    made.remove();
    dialog = null;
  });

  function ask(name) {
    if (step !== all[name]) {
      step = all[name];
      slot.textContent = "";
      slot.append(...step.fields);
      slot.querySelectorAll("input:not([name=username])").forEach((input) => { input.value = ""; });
    }
    const inputs = Array.from(slot.querySelectorAll("input"));
    const next = inputs.find((input) => !input.value) || inputs[inputs.length - 1];
    next.focus();
    next.select();
  }

  /* Nothing is saved before a one-time password is changed: in a tab of its own, so that the words
     stay here. The button then goes on. */
  function before(found) {
    const link = document.createElement("a");
    link.href = found.address;
    link.target = "_blank";
    link.rel = "noopener";
    link.className = "btn btn--pri";
    link.textContent = "在新窗口打开";
    words.textContent = found.sentence;
    slot.replaceChildren(link);
    go.textContent = "办好了，接着写";
    go.className = "btn";
    waits = found;
    link.focus();
  }

  async function goOn() {
    const answer = await fetch("/local-key/", { method: "POST", headers: headers(), redirect: "manual" })
      .catch(() => null);
    if (!answer || !answer.ok) {
      wrong.textContent = answer ? "还没办好。在新窗口办好再点。" : "网络断开。恢复后再试，内容还在。";
      return;
    }
    renew();
    known = csrf();
    made.close();
    then();
  }

  async function send() {
    if (waits) {
      await goOn();
      return;
    }
    try {
      const answer = await fetch(step.address, {
        method: "POST",
        headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "manual",
        cache: "no-store",
      });
      const found = await answer.json();
      if (answer.status !== 200 || found.asks) {
        wrong.textContent = found.sentence || (answer.status === 200 ? "" : "没登录上，再试一次。");
        if (all[found.asks]) ask(found.asks);
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
      if (found.address) {
        before(found);
        return;
      }
      made.close();
      then();
    } catch (error) {
      wrong.textContent = "网络断开，没登录上。恢复后再试，内容还在。";
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking) return; // A code counts once: a second click would be told that it was used.
    asking = true;
    wrong.textContent = "";
    send().finally(() => { asking = false; });
  });
  ask("password");
  made.showModal();
}
