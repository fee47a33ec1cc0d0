/** The hash is the one of Node. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from '../../src/stream/sha256.js';

test('bytes in any pieces have the hash of Node', () => {
  // Around the ends of blocks, where the padding differs.
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
    const expected = createHash('sha256').update(bytes).digest('hex');
    for (const piece of [7, 64, 1 << 20]) {
      const hash = new Sha256();
      for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, at + piece));
      expect(hash.hex(), `${length} bytes in pieces of ${piece}`).toBe(expected);
    }
  }
});
