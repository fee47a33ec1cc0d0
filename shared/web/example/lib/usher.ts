/** The client of Usher's API. The sessions of its users are made from it: in the browser and on the server. */

import { createUsher } from '@usher/client';

/** The URL of the API. `npm run dev` sets it. */
const given = process.env.NEXT_PUBLIC_USHER_URL;

if (!given) throw new Error('NEXT_PUBLIC_USHER_URL is not set: start the app with `npm run dev`');

/** The same, which is there. */
export const url = given;

/** The URL of the WebSocket API. On AWS it has an address of its own; `cargo dev` serves both at one. */
const liveUrl = process.env.NEXT_PUBLIC_USHER_LIVE_URL;

/** The URL of the streaming API, for a stack without a domain. */
export const streamUrl = process.env.NEXT_PUBLIC_USHER_STREAM_URL || undefined;

/** A client without a token. It remembers nothing of a user, so all requests of a server may share it. */
export const usher = createUsher({ url, ...(liveUrl && { liveUrl }) });

/** A client for a server: the browser reads again what it could not read, so a page need not wait for repeats. */
export const serverUsher = createUsher({ url, tries: 1, timeout: 3_000 });
