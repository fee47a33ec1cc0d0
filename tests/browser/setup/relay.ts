/** A relay of bytes between the pages and the API, which cuts connections as a network does. */

import { connect, createServer, type Socket } from 'node:net';
import { inject } from 'vitest';

/** A connection of a page, and the one to the API behind it. */
interface Link {
  page: Socket;
  api: Socket;
}

/** A running relay. */
export interface Relay {
  /** Cuts all connections, and each new one until {@link Relay.mend}. */
  cut(): void;
  /** Lets new connections pass again. */
  mend(): void;
  /** Passes nothing on any more in the connections of now, and ends none of them, as behind a laptop that sleeps. */
  silence(): void;
  stop(): Promise<void>;
}

/** Starts the relay at the port for which the example was built. */
export async function startRelay(): Promise<Relay> {
  const target = new URL(inject('apiUrl'));
  const links = new Set<Link>();
  let isCut = false;

  const server = createServer((page) => {
    if (isCut) return page.destroy();
    const api = connect(Number(target.port), target.hostname);
    const link: Link = { page, api };
    links.add(link);
    page.pipe(api).pipe(page);
    for (const socket of [page, api]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        links.delete(link);
        page.destroy();
        api.destroy();
      });
    }
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(inject('relayPort'), '127.0.0.1', resolve));

  const drop = () => {
    for (const { page, api } of links) {
      page.destroy();
      api.destroy();
    }
  };
  return {
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    silence() {
      for (const { page, api } of links) {
        page.unpipe(api).pause();
        api.unpipe(page).pause();
      }
    },
    async stop() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
