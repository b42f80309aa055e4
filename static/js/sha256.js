// SHA-256 (FIPS 180-4) in plain script: crypto.subtle does not exist on plain http, and the hash of
// what was saved is compared everywhere. Constants are the fractional parts of roots of the primes.
function constants() {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) {
    if (primes.every((prime) => n % prime)) primes.push(n);
  }
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 4294967296);
  return [primes.slice(0, 8).map((p) => fraction(p ** (1 / 2))), primes.map((p) => fraction(p ** (1 / 3)))];
}

const [START, ROUND] = constants();
const turn = (x, n) => (x >>> n) | (x << (32 - n));

/* Return the hex digest of a text in UTF-8. */
export function sha256(text) {
  const message = new TextEncoder().encode(text);
  const size = Math.ceil((message.length + 9) / 64) * 64;
  const block = new Uint8Array(size);
  block.set(message);
  block[message.length] = 128;
  const view = new DataView(block.buffer);
  view.setUint32(size - 8, Math.floor(message.length / 536870912));
  view.setUint32(size - 4, (message.length * 8) >>> 0);
  const hash = START.slice();
  const w = new Int32Array(64);
  for (let at = 0; at < size; at += 64) {
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) w[i] = view.getInt32(at + i * 4);
      else {
        const a = w[i - 15];
        const b = w[i - 2];
        const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
        const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = (hash[i] + value) | 0; });
  }
  return hash.map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("");
}
