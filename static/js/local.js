// Copies of what is typed, kept on this machine until the server has it.
//
// On https and localhost: encrypted in localStorage with a key that the server keeps for the person
// for 24 hours, so that nobody else who signs in here can read them and they outlive the browser.
// Elsewhere crypto.subtle does not exist: plain in sessionStorage, which ends with the tab.
import { headers, person } from "./session.js";

export const SECURE = Boolean(window.isSecureContext && window.crypto && window.crypto.subtle);
const PREFIX = "copy:";
let keyPromise = null;

function store() {
  return SECURE ? window.localStorage : window.sessionStorage;
}

function place(name) {
  return `${PREFIX}${person()}:${name}`;
}

function places() {
  return Object.keys(store()).filter((key) => key.startsWith(PREFIX));
}

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function base64(buffer) {
  let text = "";
  new Uint8Array(buffer).forEach((byte) => { text += String.fromCharCode(byte); });
  return btoa(text);
}

async function askKey() {
  const answer = await fetch("/local-key/", { method: "POST", headers: headers() });
  if (!answer.ok) throw new Error("no key");
  const { key } = await answer.json();
  return crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function localKey() {
  keyPromise = keyPromise || askKey().catch((error) => {
    keyPromise = null; // ask again next time
    throw error;
  });
  return keyPromise;
}

/* Ask for the key while there is a network, so that it is here when there is none. */
export function prepare() {
  if (SECURE && person()) localKey().catch(() => {});
}

/* Keep a value (anything JSON can hold) under a name. */
export async function write(name, value) {
  let kept = { ...value, at: Date.now() };
  if (SECURE) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(kept));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await localKey(), plain);
    kept = { iv: base64(iv), data: base64(data) };
  }
  store().setItem(place(name), JSON.stringify(kept));
}

export function has(name) {
  try {
    return store().getItem(place(name)) !== null;
  } catch (error) {
    return false; // A forbidden store holds nothing.
  }
}

/* Return what was kept under a name, or null. */
export async function read(name) {
  if (!has(name)) return null;
  const kept = JSON.parse(store().getItem(place(name)));
  if (!SECURE) return kept;
  const key = await localKey();
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(kept.iv) }, key, bytes(kept.data));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch (error) {
    remove(name); // Older than the key: nobody can read it any more.
    return null;
  }
}

export function remove(name) {
  try {
    store().removeItem(place(name));
  } catch (error) {
    // A forbidden store holds nothing.
  }
}

/* Remove every copy of the person of this page. */
export function removeAll() {
  places().filter((key) => key.startsWith(`${PREFIX}${person()}:`)).forEach((key) => store().removeItem(key));
}

/* Plain copies of somebody else who used this tab are not left lying about. */
export function forgetOthers() {
  if (SECURE || !person()) return;
  places().filter((key) => !key.startsWith(`${PREFIX}${person()}:`)).forEach((key) => store().removeItem(key));
}

/* A form went out with these copies. When the next page shows that it was taken, they can go: not
   the same form with errors, and not the sign-in page. */
const SENT = "copies-sent";

export function sent(names) {
  const before = JSON.parse(sessionStorage.getItem(SENT) || "[]");
  sessionStorage.setItem(SENT, JSON.stringify(before.concat(names)));
}

export function settleSent() {
  const names = sessionStorage.getItem(SENT);
  if (!names || !person()) return;
  sessionStorage.removeItem(SENT);
  if (!document.querySelector(".errsum, .oops, .field--err")) JSON.parse(names).forEach(remove);
}
