// Everything typed into textarea[data-save] saves itself (contract: studyapp/saving/contract.py).
//
// A key stroke is in the local copy within a second and at the server within three seconds of a
// pause, every fifteen at the latest. «已保存» is shown only when the answer names the revision and
// the hash of exactly the words that were sent. Any other answer, whatever its status, is a failure:
// the words stay in the field and in the local copy, and are sent again.
import { SECURE, has, read, remove, removeAll, sent, write } from "./local.js";
import { headers, renewIfSame, signedInElsewhere, signInAgain } from "./session.js";
import { sha256 } from "./sha256.js";

const LOCAL_AFTER = 700; // milliseconds
const SEND_AFTER = 2500;
const SEND_AT_LATEST = 15000;
const ANSWER_WITHIN = 20000;
const RETRY = [2000, 4000, 8000, 15000, 30000];
const HELD_RETRY = 10000;
const HOLD_EVERY = 10000; // the lease lasts thirty seconds
const CLIENT = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

const keepers = [];
let tokens = 0;

/* One text -------------------------------------------------------------------------------------- */

function wellFormed(text) {
  // What no database stores: NUL and halves of characters.
  return text.replace(/\0/g, "").replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "");
}

class Keeper {
  constructor(field) {
    this.field = field;
    this.url = field.dataset.save;
    this.name = field.dataset.name;
    this.base = Number(field.dataset.base || 0);
    this.stored = "unsaved" in field.dataset ? null : wellFormed(field.value);
    this.tries = 0;
    this.since = 0;
    this.sending = null;
    this.blocked = false;
    this.line = this.makeLine();
    field.addEventListener("input", () => this.typed());
    if ("hold" in field.dataset) this.share();
    this.composing = false;
    field.addEventListener("compositionstart", () => { this.composing = true; });
    field.addEventListener("compositionend", () => {
      this.composing = false;
      this.typed();
    });
  }

  makeLine() {
    const line = document.createElement("p");
    line.className = "save";
    line.setAttribute("role", "status");
    const slot = this.field.form && this.field.form.querySelector(`[data-save-line="${this.name}"]`);
    if (slot) slot.append(line);
    else this.field.after(line);
    return line;
  }

  get words() {
    return wellFormed(this.field.value);
  }

  get unsaved() {
    return this.words !== this.stored;
  }

  say(text, tone, ...more) {
    this.line.className = `save${tone ? ` save--${tone}` : ""}`;
    this.line.textContent = "";
    const words = document.createElement("span");
    words.textContent = text;
    this.line.append(words, ...more);
  }

  action(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--link";
    button.textContent = label;
    button.addEventListener("click", act);
    return button;
  }

  typed() {
    if (!this.unsaved) return;
    this.since = this.since || Date.now();
    clearTimeout(this.localTimer);
    this.localTimer = setTimeout(() => this.keepLocal(), LOCAL_AFTER);
    const left = Math.max(0, SEND_AT_LATEST - (Date.now() - this.since));
    // Half a syllable of an input method is not worth a revision.
    this.later(this.composing ? left : Math.min(SEND_AFTER, left));
  }

  /* A shared text: it is mine while I am in it; else it shows who is. */
  share() {
    this.field.addEventListener("focus", () => this.take());
    this.field.addEventListener("blur", () => {
      clearTimeout(this.holdTimer);
      if (this.held) this.send().then(() => this.ask("give"));
      this.held = false;
    });
  }

  ask(wish) {
    return fetch(this.url, {
      method: "POST",
      headers: headers(),
      body: new URLSearchParams({ hold: wish, client: CLIENT }),
      redirect: "manual",
      cache: "no-store",
      keepalive: wish === "give",
    }).catch(() => null);
  }

  async take() {
    clearTimeout(this.holdTimer);
    const answer = await this.ask("take");
    const found = answer && (answer.status === 200 || answer.status === 423)
      ? await answer.json().catch(() => null) : null;
    if (document.activeElement !== this.field) return;
    this.holdTimer = setTimeout(() => this.take(), HOLD_EVERY);
    if (!found) return; // No answer: writing goes on, the save itself will tell.
    if (answer.status === 423) {
      this.held = false;
      this.field.readOnly = true;
      this.say(`${found.by}正在写这一段，写完就轮到你`, "off");
      return;
    }
    this.held = true;
    if (this.field.readOnly) {
      this.field.readOnly = false;
      this.say("可以写了", "ok");
    }
    if (found.revision !== this.base && !this.unsaved) {
      // Nothing of mine is in the field: show the newest words.
      this.base = found.revision;
      this.stored = wellFormed(found.body);
      if (this.field.value !== found.body) this.field.value = found.body;
    }
  }

  /* Stop the clocks: the words are on their way by another road. */
  rest() {
    clearTimeout(this.localTimer);
    clearTimeout(this.sendTimer);
    this.keepLocal();
  }

  later(delay) {
    clearTimeout(this.sendTimer);
    this.sendTimer = setTimeout(() => this.send(), delay);
  }

  keepLocal() {
    return write(this.name, { base: this.base, body: this.words }).catch(() => {});
  }

  /* Send the newest words; one save at a time, in order. Returns whether all is stored. */
  async send(options = {}) {
    if (this.sending) {
      await this.sending;
      return this.unsaved ? this.send(options) : true;
    }
    if (!this.unsaved) return true;
    this.sending = this.sendOnce(options);
    const done = await this.sending;
    this.sending = null;
    return done;
  }

  async sendOnce({ last = false } = {}) {
    const body = this.words;
    if (this.token === undefined || this.tokenFor !== body) {
      tokens += 1;
      this.token = `${CLIENT}-${tokens}`;
      this.tokenFor = body;
    }
    const slow = setTimeout(() => this.say("正在保存…"), 300);
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_WITHIN);
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        headers: headers(),
        body: new URLSearchParams({ body, base: String(this.base), client: CLIENT, token: this.token }),
        redirect: "manual",
        cache: "no-store",
        keepalive: last && body.length < 15000,
        signal: last ? undefined : stop.signal,
      });
      let found = null;
      try {
        found = await answer.json();
      } catch (error) {
        found = null; // A page instead of an answer: a proxy's, a sign-in's.
      }
      clearTimeout(slow);
      return this.heard(answer.status, found, body);
    } catch (error) {
      clearTimeout(slow);
      this.failed("网络断开，内容留在本机");
      return false;
    } finally {
      clearTimeout(limit);
    }
  }

  heard(status, found, body) {
    if (status === 200 && found && Number.isInteger(found.revision) && found.sha256 === sha256(body)) {
      this.base = found.revision;
      this.stored = body;
      this.tries = 0;
      this.since = 0;
      this.blocked = false;
      this.field.dataset.base = String(found.revision);
      this.renewForm(found.form_base);
      this.field.dispatchEvent(new CustomEvent("saving:saved", { bubbles: true, detail: found }));
      if (this.unsaved) {
        this.typed();
        return false;
      }
      remove(this.name);
      this.say(`已保存 ${found.at}`, "ok");
      return true;
    }
    this.keepLocal();
    if (status === 401) this.expired();
    else if (status === 409 && found) this.clash(found);
    else if (status === 423 && found) {
      this.say(`${found.by}正在写这一段，写完后自动再存`, "off");
      this.later(HELD_RETRY);
    } else if ((status === 422 || status === 413) && found && found.sentence) this.say(found.sentence, "err");
    else if (status === 403 || status === 404) {
      this.say("没存上：这里已经不能写了。内容还在框里，可以复制出来。", "err");
    } else this.failed((status === 503 && found && found.sentence) || "没存上，内容留在本机");
    return false;
  }

  /* The form's own mark of the words it was made from: they are the ones just stored. */
  renewForm(base) {
    const mark = this.field.dataset.formBase;
    const input = base && mark && this.field.form && this.field.form.elements[mark];
    if (input) input.value = base;
  }

  failed(words) {
    this.keepLocal();
    this.say(words, "off", this.action("重试", () => this.send()));
    const delay = RETRY[Math.min(this.tries, RETRY.length - 1)];
    this.tries += 1;
    this.later(delay);
  }

  expired() {
    this.say("登录已过期，内容留在本机", "off", this.action("重新登录", () => signInAgain(() => sendAll())));
    signInAgain(() => sendAll());
  }

  clash(found) {
    this.blocked = true;
    this.say(
      `${found.by || "有人"} ${found.at} 存过另一种写法，你写的没有盖掉它`,
      "err",
      this.action("用我写的", () => {
        this.base = found.revision;
        this.blocked = false;
        this.send();
      }),
      this.action("用已存的", () => {
        // What was here is in the history as a conflict; nothing is thrown away.
        this.base = found.revision;
        this.stored = found.body;
        this.field.value = found.body;
        this.blocked = false;
        remove(this.name);
        this.say("已换成存着的内容");
      }),
    );
  }

  async restore() {
    let kept = null;
    try {
      kept = await read(this.name);
    } catch (error) {
      return; // No key, no store: nothing to offer.
    }
    if (!kept || kept.body === this.words) {
      if (kept) remove(this.name);
      return;
    }
    const untouched = this.field.value;
    const put = () => {
      this.field.value = kept.body;
      this.base = Math.min(kept.base, this.base);
      this.send();
    };
    const drop = this.action("不要了", () => {
      this.field.value = untouched;
      remove(this.name);
      this.say("");
      this.send();
    });
    if (kept.base === this.base && this.field.value === this.field.defaultValue) {
      put();
      this.say("找回了上次没送到的内容", "ok", drop);
    } else {
      this.say("这台机器上留着上次没送到的内容", "off", this.action("找回", put), drop);
    }
  }
}

/* All texts of the page ------------------------------------------------------------------------- */

export async function sendAll(options = {}) {
  // What its form is handing in right now needs no second road.
  const mine = keepers.filter((keeper) => !(keeper.field.form && keeper.field.form.dataset.sent));
  const done = await Promise.all(mine.map((keeper) => keeper.send(options)));
  return done.every(Boolean);
}

function inside(form) {
  return keepers.filter((keeper) => keeper.field.form === form);
}

/* A save on its way goes first: the form then follows it and is not taken for another's change. So
   does the question who is signed in, after a sign-in in another tab. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  const waiting = inside(form).map((keeper) => keeper.sending).filter(Boolean);
  if (form.method === "post" && signedInElsewhere()) waiting.push(renewIfSame());
  if (!waiting.length || form.dataset.savingWaited) {
    delete form.dataset.savingWaited;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  form.dataset.savingWaited = "yes";
  const enough = new Promise((resolve) => { setTimeout(resolve, 3000); });
  Promise.race([Promise.all(waiting), enough])
    .then(() => setTimeout(() => form.requestSubmit(event.submitter || undefined), 0));
}, true);

/* The form itself hands the words in: nothing is sent beside it. */
function watch(form) {
  if (form.dataset.savingWatched) return;
  form.dataset.savingWatched = "yes";
  form.addEventListener("submit", () => {
    const mine = inside(form);
    mine.forEach((keeper) => keeper.rest());
    if (!form.hasAttribute("hx-post")) sent(mine.map((keeper) => keeper.name));
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) inside(form).forEach((keeper) => remove(keeper.name));
    else inside(form).forEach((keeper) => keeper.typed());
  });
}

/* Watch every textarea[data-save] in scope. */
export function saveFields(scope) {
  scope.querySelectorAll("textarea[data-save]:not([data-saving])").forEach((field) => {
    field.dataset.saving = "yes";
    const keeper = new Keeper(field);
    keepers.push(keeper);
    if (!SECURE && keepers.length === 1) {
      keeper.say("没送到服务器的内容只留在这个窗口里，关掉窗口就没有了");
    }
    if (has(keeper.name)) keeper.restore();
    if (field.form) watch(field.form);
  });
}

// Somebody else signed in on this page: it sends nothing any more. The encrypted copy stays.
window.addEventListener("saving:leave", () => {
  keepers.forEach((keeper) => {
    keeper.rest();
    keeper.stored = keeper.words;
  });
});
window.addEventListener("online", () => sendAll());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") sendAll({ last: true });
});
window.addEventListener("pagehide", () => sendAll({ last: true }));
/* Tell whether words on this page are not stored at the server. */
export function unsaved() {
  return keepers.some((keeper) => keeper.field.isConnected && keeper.unsaved
    && !(keeper.field.form && keeper.field.form.dataset.sent));
}

/* Signing out sends what is unsaved first, and leaves nothing on the machine. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.signout") || form.dataset.flushed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  sendAll().then((done) => {
    const stay = "还有内容没存上。退出后只能从本机找回（24 小时内）。仍要退出吗？";
    if (!done && !window.confirm(stay)) return;
    if (done) removeAll();
    form.dataset.flushed = "yes";
    // Not before this event is over: a form that is being submitted ignores a second submit.
    setTimeout(() => form.requestSubmit(), 0);
  });
}, true);
