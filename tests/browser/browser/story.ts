/** The test function of all stories: it gives them browsers and the network, and cleans up behind them. */

import { afterAll, expect, test } from 'vitest';
import { resetClerk } from '../setup/control.js';
import { type Relay, startRelay } from '../setup/relay.js';
import { type Device, startDevice } from './device.js';

interface World {
  /** The network between the pages and the API. */
  relay: Relay;
  /** Starts another browser. */
  newDevice: () => Promise<Device>;
}

/** What went wrong in browsers, also in stories that are told again. */
const faults: unknown[] = [];

afterAll(() => expect(faults, 'in the browsers, the first time too').toEqual([]));

/** A test with a network and browsers. It fails if anything went wrong in a browser. */
export const story = test.extend<{ world: World } & World>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures there
  world: async ({}, use) => {
    const relay = await startRelay();
    const devices: Device[] = [];
    const newDevice = async () => {
      const device = await startDevice();
      devices.push(device);
      return device;
    };
    await use({ relay, newDevice });
    await resetClerk();
    const results = await Promise.allSettled(devices.map((device) => device.close()));
    await relay.stop();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      faults.push(failed.reason);
      throw failed.reason;
    }
  },
  relay: ({ world }, use) => use(world.relay),
  newDevice: ({ world }, use) => use(world.newDevice),
});
