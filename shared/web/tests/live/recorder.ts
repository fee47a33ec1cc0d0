/** A client with live updates, and what it was told. */

import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  type ChangeKey,
  createUsher,
  type Live,
  type LiveOptions,
  type LiveStatus,
  type Usher,
  type UsherOptions,
} from '../../src/index.js';

/** What one caller of `live` was told. */
export interface Recorder {
  live: Live;
  /** All changes so far, oldest first. */
  changes: (readonly ChangeKey[])[];
  /** All statuses so far, oldest first. */
  statuses: LiveStatus[];
  /** Resolves when a change or a status has fulfilled the condition. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves when the last status has this state. */
  untilStatus(state: LiveStatus['state']): Promise<LiveStatus>;
  /** Resolves when this number of statuses was told. */
  untilStatuses(count: number): Promise<void>;
  /** Resolves when this number of changes was told. */
  untilChanges(count: number): Promise<void>;
}

/** Begins live updates. They end with the test. */
export function record(usher: Usher, options: LiveOptions = {}): Recorder {
  const waiting = new Set<() => void>();
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const checkAll = () => {
    for (const check of [...waiting]) check();
  };
  const changes: Recorder['changes'] = [];
  const statuses: LiveStatus[] = [];
  const live = usher.live({
    ...options,
    onChange: (keys) => {
      changes.push(keys);
      checkAll();
    },
    onStatus: (status) => {
      statuses.push(status);
      checkAll();
    },
  });
  onTestFinished(() => live.close());
  return {
    live,
    changes,
    statuses,
    until,
    untilStatus: async (state) => {
      await until(() => statuses.at(-1)?.state === state);
      return statuses.at(-1) as LiveStatus;
    },
    untilStatuses: (count) => until(() => statuses.length >= count),
    untilChanges: (count) => until(() => changes.length >= count),
  };
}

/** Returns a token of a user, as far as the client reads it. */
export function tokenOf(user: string, name = ''): string {
  const encode = (value: object | string) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'RS256' })}.${encode({ sub: user })}.${encode(name)}`;
}

/** Creates a client of this server, with the WebSocket of the package `ws`. */
export function createClient(url: string, options: Partial<UsherOptions> = {}): Usher {
  return createUsher({ url, getToken: () => tokenOf('user_ada'), WebSocket, ...options });
}

/** Lets a test move the time of timers and of the clock. Sockets stay real. */
export function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** Moves the time forward, and runs the timers that end by then. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}
