// What the scripts here share: a browser's cookies in Node, codes of an authenticator app, and a check that says what it saw.
import { createHmac } from "node:crypto";

/** `fetch` that keeps cookies, as a browser at `origin` would. */
export function browserLike(origin) {
  const cookies = new Map();
  const fetchWithCookies = async (input, options = {}) => {
    const headers = new Headers(options.headers);
    if (cookies.size) headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    if (origin) headers.set("origin", origin);
    const response = await fetch(input, { ...options, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (attributes.includes("Max-Age=0")) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  return { cookies, fetch: fetchWithCookies };
}

/** The six digits that an app shows for this secret now, or `steps` half minutes later. */
export function totp(secret, steps = 0) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

export function check(what, seen, expected) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: saw ${a}, expected ${b}`);
  console.log(`  ${what}`);
}
