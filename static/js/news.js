// A page that stands open and tells what is new: the meeting for its people, the screen for the room.
//
// The page has <p data-news="address" data-number="12" data-parts="address of its changing parts">.
// The first address answers 204 while nothing changed, else the newest number and nothing else; then
// the parts are fetched from the page itself, which checks who asks, and every [data-live="name"] is
// brought up to date from the part of that name. A list (data-list) is patched row by row by data-key.
// Nothing in use is touched: a part that holds the focus, selected words or an open menu waits.
// It asks more rarely while nothing happens and not at all while nobody looks (but for
// data-forever); data-every="30" fetches the parts every thirty seconds in any case.
import { signInAgain } from "./session.js";

const QUICK = 3000; // milliseconds
const SLOW = 15000;
const GROWS = 1.25;
const AWAY = 60000; // the machine slept, or the tab was frozen
const ANSWER_WITHIN = 20000;

const line = document.querySelector("[data-news]");
const forever = line && line.hasAttribute("data-forever");
let wait = QUICK;
let timer = 0;
let asking = false;
let lost = false; // the line is down: refresh everything when it is back
let waiting = false; // a part in use could not be brought up to date
let over = false;
let asked = Date.now();
let fetched = Date.now();

function inUse(part) {
  const selection = window.getSelection();
  const chosen = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  return part.contains(document.activeElement) || Boolean(chosen) || Boolean(part.querySelector("details[open]"));
}

/* What a part says; the token in its forms differs each time and says nothing. */
function says(part) {
  return part.innerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
}

function patch(mine, fresh) {
  if (says(mine) === says(fresh)) return;
  if (inUse(mine)) waiting = true;
  else mine.replaceWith(document.importNode(fresh, true));
}

/* Bring a list up to date; return the rows that are new. Rows above the first that the server sent
   stay: they are earlier ones that it no longer counts among the newest. */
function patchList(list, fresh) {
  const rows = new Map(Array.from(list.children, (row) => [row.dataset.key, row]));
  const added = [];
  const begins = fresh.firstElementChild ? fresh.firstElementChild.dataset.key : "";
  let place = rows.get(begins) || list.firstElementChild;
  const seen = new Set();
  Array.from(fresh.children).forEach((row) => {
    const key = row.dataset.key;
    seen.add(key);
    const mine = rows.get(key);
    if (!mine) {
      const made = document.importNode(row, true);
      list.insertBefore(made, place);
      added.push(made);
      return;
    }
    if (mine === place) place = place.nextElementSibling;
    patch(mine, row);
  });
  const now = Array.from(list.children);
  const from = now.findIndex((row) => row.dataset.key === begins);
  now.slice(Math.max(0, from)).forEach((row) => {
    if (seen.has(row.dataset.key)) return;
    if (inUse(row)) waiting = true;
    else row.remove();
  });
  return added;
}

/* «有 2 条新的»: said to who listens, offered to who reads further up; nobody is scrolled. */
let unseen = [];
function announce(list, added) {
  const offer = document.querySelector(`[data-announces="${list.dataset.live}"]`);
  if (!offer || !added.length) return;
  unseen = unseen.filter((row) => row.isConnected).concat(added);
  added.forEach((row) => row.classList.add("new"));
  const dock = document.querySelector(".compose--dock");
  const edge = dock ? dock.getBoundingClientRect().top : window.innerHeight;
  const hidden = added[added.length - 1].getBoundingClientRect().bottom > edge + 8;
  offer.textContent = "";
  if (!hidden) unseen = added;
  const words = `有 ${unseen.length} 条新的`;
  if (hidden) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--sm btn--pri";
    button.textContent = words;
    button.addEventListener("click", () => {
      const [first] = unseen;
      offer.textContent = "";
      unseen = [];
      if (!first) return;
      first.tabIndex = -1;
      first.scrollIntoView({ block: "center" });
      first.focus({ preventScroll: true });
    });
    offer.append(button);
  } else {
    const said = document.createElement("span");
    said.className = "sr";
    said.textContent = words;
    offer.append(said);
    unseen = [];
  }
}

function update(fresh) {
  waiting = false;
  document.querySelectorAll("[data-live]").forEach((mine) => {
    const part = fresh.querySelector(`[data-live="${mine.dataset.live}"]`);
    if (!part) return;
    if (mine.hasAttribute("data-list")) announce(mine, patchList(mine, part));
    else patch(mine, part);
  });
  const now = fresh.querySelector("[data-news]");
  if (!now) return;
  const moved = document.querySelector("[data-moved]");
  if (moved && now.dataset.state !== line.dataset.state) moved.hidden = false;
  ["news", "number", "parts", "every"].forEach((name) => {
    if (now.dataset[name] !== undefined) line.dataset[name] = now.dataset[name];
  });
}

function get(address) {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), ANSWER_WITHIN);
  const headers = { "HX-Request": "true" };
  return fetch(address, { cache: "no-store", redirect: "manual", headers, signal: stop.signal })
    .finally(() => clearTimeout(alarm));
}

function typed() {
  return Array.from(document.querySelectorAll("textarea")).some((area) => area.value.trim());
}

/* The sign-in ran out. Words that stand on the page come first: they stay, and so does the page. */
function signedOut(answer) {
  over = true;
  if (!typed()) {
    window.location.assign(answer.headers.get("HX-Redirect") || "/");
    return;
  }
  signInAgain(() => {
    over = false;
    lost = true;
    later(0);
  });
}

/* The page is no longer for this person: not the line is down. What was typed can be copied. */
function shut() {
  over = true;
  if (!typed()) {
    window.location.reload();
    return;
  }
  line.textContent = "这次会议你现在看不到了。写的内容可以先复制出来。";
}

async function refresh() {
  const answer = await get(line.dataset.parts);
  if (answer.status === 401) {
    signedOut(answer);
    return true;
  }
  if ((answer.status === 403 || answer.status === 404) && !forever) {
    shut();
    return false;
  }
  if (answer.status !== 200) return false;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Somebody else's page with status 200, a proxy's say, holds no parts.
  if (!fresh.querySelector("[data-news]")) return false;
  update(fresh);
  fetched = Date.now();
  return true;
}

/* Ask once; true when the line is all right. */
async function look() {
  const answer = await get(`${line.dataset.news}?v=${line.dataset.number}`);
  if (answer.status === 410) return refresh();
  const every = Number(line.dataset.every || 0) * 1000;
  const due = lost || waiting || (every && Date.now() - fetched >= every - QUICK / 2);
  if (answer.status === 204) return due ? refresh() : true;
  if (answer.status !== 200) return false;
  const number = await answer.text();
  if (!/^\d{1,18}$/.test(number)) return false;
  if (number !== line.dataset.number || due) {
    if (!(await refresh())) return false;
    wait = QUICK;
  }
  return true;
}

async function ask() {
  if (asking || over || (document.hidden && !forever)) return;
  asking = true;
  if (Date.now() - asked > AWAY) lost = true;
  let well = false;
  try {
    well = await look();
  } catch (error) {
    well = false;
  }
  asked = Date.now();
  asking = false;
  lost = !well;
  line.hidden = well;
  wait = Math.min(SLOW, well ? wait * GROWS : wait * 2);
  // A screen on the wall has nobody who would press anything.
  if (forever) wait = QUICK;
  later(wait * (0.85 + Math.random() * 0.3));
}

function later(time) {
  clearTimeout(timer);
  if (!over) timer = setTimeout(ask, time);
}

function awake() {
  wait = QUICK;
  later(0);
}

if (line) {
  document.addEventListener("visibilitychange", () => { if (!document.hidden) awake(); });
  window.addEventListener("online", awake);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    lost = true;
    awake();
  });
  later(QUICK);
}
