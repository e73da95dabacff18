// The worker of the proof of work: counts until PBKDF2 of nonce and counter begins with the wanted prefix.

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (found) => Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ algorithm, cost, keyLength, keyPrefix, nonce, salt }) {
  const hash = algorithm.split("/")[1];
  const start = bytes(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  const counted = new DataView(password.buffer, start.length);
  const salted = { name: "PBKDF2", hash, salt: bytes(salt), iterations: cost };
  const began = performance.now();
  for (let counter = 0; counter <= 0xffffffff; counter += 1) {
    counted.setUint32(0, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hex(new Uint8Array(await crypto.subtle.deriveBits(salted, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey, time: Math.round(performance.now() - began) };
  }
  return null;
}

// Without a secure context there is no crypto.subtle: the page is told, and tells the server nothing.
onmessage = ({ data }) => solve(data).then(postMessage, () => postMessage(null));
