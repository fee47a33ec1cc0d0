/** The WebSocket of these tests: it opens at once, and a test rings its bells. */

import type { ChangeKey, CloseReason, WebSocketClass, WebSocketLike } from '../../../src/index.js';

/** A socket that a client has opened. */
export interface FakeSocket extends WebSocketLike {
  /** The token of the dial. */
  token: string;
  isOpen: boolean;
  /** Accepts the hello. */
  ready(): void;
  ring(...keys: ChangeKey[]): void;
  stop(reason: CloseReason): void;
}

/** Returns a class of WebSockets, and its open and closed sockets, oldest first. */
export function createSockets() {
  const sockets: FakeSocket[] = [];
  /** Whether each hello is accepted at once. */
  const hellos = { areAccepted: true };
  class Socket implements FakeSocket {
    readyState = 0;
    onopen: FakeSocket['onopen'] = null;
    onmessage: FakeSocket['onmessage'] = null;
    onclose: FakeSocket['onclose'] = null;
    onerror: FakeSocket['onerror'] = null;
    isOpen = true;
    token: string;
    constructor(_url: string, protocols: string[]) {
      this.token = (protocols[1] ?? '').slice('bearer.'.length);
      sockets.push(this);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.({});
      });
    }
    send() {
      if (hellos.areAccepted) queueMicrotask(() => this.ready());
    }
    ready() {
      this.tell({ type: 'ready', renew_in_ms: 480_000 });
    }
    close() {
      this.isOpen = false;
      this.readyState = 3;
    }
    tell(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
    ring(...keys: ChangeKey[]) {
      this.tell({ type: 'changed', keys });
    }
    stop(reason: CloseReason) {
      this.tell({ type: 'closed', reason });
    }
  }
  return { sockets, hellos, WebSocket: Socket as WebSocketClass };
}
