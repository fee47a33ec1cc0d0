/** SHA-256 of bytes that come in pieces (FIPS 180-4). `crypto.subtle` needs all of them at once, and a page with TLS. */

/** The bytes of a block. */
const BLOCK = 64;

/** Returns the first 32 bits of the fractional parts of a root of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
function rootsOfPrimes(count: number, root: number): Uint32Array {
  const roots = new Uint32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let factor = 2;
    while (candidate % factor) factor++;
    if (factor === candidate) roots[found++] = (candidate ** (1 / root) % 1) * 2 ** 32;
  }
  return roots;
}

const ROUNDS = rootsOfPrimes(64, 3);

const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** A hash that is being made. */
export class Sha256 {
  readonly #state = rootsOfPrimes(8, 2);
  readonly #words = new Uint32Array(64);
  readonly #block = new Uint8Array(BLOCK);
  #length = 0;

  update(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.#block[this.#length++ % BLOCK] = byte;
      if (this.#length % BLOCK === 0) this.#compress();
    }
  }

  /** Returns the hash in lower-case hexadecimal. Nothing can be added after that. */
  hex(): string {
    const bits = this.#length * 8;
    const zeros = (2 * BLOCK - 9 - (this.#length % BLOCK)) % BLOCK;
    const padding = new DataView(new ArrayBuffer(zeros + 9));
    padding.setUint8(0, 0x80);
    padding.setUint32(zeros + 1, bits / 2 ** 32);
    padding.setUint32(zeros + 5, bits);
    this.update(new Uint8Array(padding.buffer));
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  #compress(): void {
    const words = this.#words;
    const state = this.#state;
    const at = (list: Uint32Array, index: number) => list[index] as number;
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(i * 4);
    for (let i = 16; i < 64; i++) {
      const early = at(words, i - 15);
      const late = at(words, i - 2);
      const one = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const other = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[i] = (at(words, i - 16) + one + at(words, i - 7) + other) | 0;
    }
    let a = at(state, 0);
    let b = at(state, 1);
    let c = at(state, 2);
    let d = at(state, 3);
    let e = at(state, 4);
    let f = at(state, 5);
    let g = at(state, 6);
    let h = at(state, 7);
    for (let i = 0; i < 64; i++) {
      const mixed = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g));
      const first = (h + mixed + at(ROUNDS, i) + at(words, i)) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    const changes = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] = at(state, i) + (changes[i] as number);
  }
}
