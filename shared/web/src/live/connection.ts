/** Keeps one socket open: repeats dials, dials the next one in time, and stops when the API says so. */

import { backOff, LONGEST_WAIT } from './back-off.js';
import type { ChangeKey, CloseReason } from './messages.js';
import type { LiveStatus } from './options.js';
import { openSocket, type Socket, type SocketEnd, type SocketOptions } from './socket.js';

/** API Gateway ends a connection after 2 hours. The next one is dialled 5 to 10 minutes before, in milliseconds. */
const LATEST_REPLACEMENT = 115 * 60_000;
const REPLACEMENT_JITTER = 5 * 60_000;

/** After these, another dial would be refused for the same reason. */
const STOPPING: readonly (CloseReason | undefined)[] = [
  'user-deleted',
  'user-banned',
  'session-ended',
  'too-many-connections',
];
/** After these, the user can never connect again. */
const FINAL = STOPPING.slice(0, 2);

/** What a connection tells its owner. It is told last, because the owner may close the connection in reply. */
export interface ConnectionEvents {
  changed(keys: readonly ChangeKey[]): void;
  status(status: LiveStatus): void;
}

/** A connection that is kept up. It begins closed. */
export interface Connection {
  /** Connects now, also after the API has stopped it. Does nothing if it is open or about to be. */
  start(): void;
  /** Connects or says hello now, if that is due, after the device was asleep or offline. */
  wake(isBackOnline: boolean): void;
  /** Ends it. No event follows. */
  close(): void;
}

/** Creates a connection. */
export function createConnection(options: SocketOptions, events: ConnectionEvents): Connection {
  /** The socket that is ready. */
  let current: Socket | undefined;
  /** The socket that is not ready yet. It replaces the current one when it is. */
  let next: Socket | undefined;
  /** The timer of the next dial. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = true;
  let failures = 0;
  let needsNewToken = false;
  /** Whether a new token was tried since the last socket that was ready. */
  let hadNewToken = false;
  /** The end of a user who can never connect again. */
  let final: SocketEnd | undefined;

  function closeSockets(): void {
    clearTimeout(timer);
    current?.close();
    next?.close();
    current = next = undefined;
  }

  function dialAfter(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(dial, ms);
  }

  function dial(): void {
    clearTimeout(timer);
    const dialledAt = Date.now();
    let readyAt: number | undefined;
    const socket = openSocket(
      { ...options, final },
      {
        changed: events.changed,
        ready: () => {
          if (!readyAt) {
            readyAt = Date.now();
            needsNewToken = hadNewToken = false;
            current?.close();
            current = socket;
            next = undefined;
            dialAfter(LATEST_REPLACEMENT - Math.random() * REPLACEMENT_JITTER - (readyAt - dialledAt));
            // Also for a replacement: a change before it was ready may be on its way to the earlier socket alone.
            events.changed(['all']);
          }
          events.status({ state: 'open' });
        },
        refused: (error) => {
          if (!current) events.status({ state: 'connecting', error });
          if (current === socket) events.status({ state: 'open', error });
        },
        ended: (end) => {
          if (current === socket) current = undefined;
          else next = undefined;
          // A socket that is lost at once, again and again, must not be dialled without a wait.
          if (readyAt && Date.now() - readyAt > LONGEST_WAIT) failures = 0;
          handleEnd(end);
        },
      },
      needsNewToken,
    );
    next = socket;
  }

  function handleEnd(end: SocketEnd): void {
    const { reason, error } = end;
    if (end.isRefused) {
      needsNewToken = !hadNewToken;
      hadNewToken = true;
    }
    if (end.isSignedOut) {
      closeSockets();
      // If another user has signed in, that user is not kept waiting.
      if (end.user) dial();
      else dialAfter(backOff(failures++));
      events.status({ state: 'signed-out' });
      return;
    }
    if (FINAL.includes(reason)) final = end;
    // The oldest socket goes, and that is the one that the next socket replaces.
    const isReplaced = reason === 'too-many-connections' && (current || next);
    if (STOPPING.includes(reason) && !isReplaced) {
      closeSockets();
      isStopped = true;
      events.status({ state: 'stopped', reason });
      return;
    }
    if (!next) dialAfter(backOff(failures++));
    if (!current) events.status({ state: 'connecting', reason, error });
  }

  function connect(isBackOnline: boolean): void {
    const isLost = current && !current.isAlive();
    if (isLost) closeSockets();
    if (current) {
      // Browsers may keep a socket of the network before, which hears nothing.
      if (isBackOnline || current.isDue()) current.renew();
    } else if (next) next.renew();
    else dial();
    if (isLost) events.status({ state: 'connecting' });
  }

  return {
    start() {
      const wasStopped = isStopped;
      isStopped = false;
      connect(false);
      if (wasStopped) events.status({ state: 'connecting' });
    },
    wake(isBackOnline) {
      if (!isStopped) connect(isBackOnline);
    },
    close() {
      closeSockets();
      isStopped = true;
    },
  };
}
