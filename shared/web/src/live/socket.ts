/** One WebSocket from dial to end: token, hello, renewals, lease. */

import { errorOfAnswer, UsherError } from '../error.js';
import type { GetToken } from '../options.js';
import { userOf } from '../token.js';
import { backOff } from './back-off.js';
import {
  type ChangeKey,
  type ClientMessage,
  type CloseReason,
  LEASE,
  PROTOCOL,
  type ServerMessage,
} from './messages.js';
import type { WebSocketClass, WebSocketLike } from './options.js';

/** The value of `readyState` of an open WebSocket. */
const OPEN = 1;

/** What API Gateway sends if the function of the API fails. */
interface GatewayError {
  type?: undefined;
  message?: string;
}

/** What every socket of a client needs. */
export interface SocketOptions {
  /** The address, with `ws:` or `wss:`. */
  url: string;
  WebSocket: WebSocketClass;
  getToken: GetToken;
  /** The maximum time in milliseconds for a dial or a hello, with its token. */
  tryTimeout: number;
  /** The end of a user who can never connect again. */
  final?: SocketEnd | undefined;
}

/** What a socket tells its owner. It is told last, because the owner may close the socket in reply. */
export interface SocketEvents {
  /** A hello was accepted. */
  ready(): void;
  changed(keys: readonly ChangeKey[]): void;
  /** A hello was refused for a reason that may pass. The socket repeats it. */
  refused(error: unknown): void;
  /** The socket has ended by itself. Nothing follows. */
  ended(end: SocketEnd): void;
}

/** Why a socket has ended. */
export interface SocketEnd {
  /** The user of the socket. */
  user: string | undefined;
  /** The API said why it closed the socket. */
  reason?: CloseReason | undefined;
  error?: unknown;
  /** The WebSocket ended before it was open. Browsers do not say why; the token may have been refused. */
  isRefused?: boolean;
  /** Now there is no token, or it is one of another user. */
  isSignedOut?: boolean;
}

/** A socket. */
export interface Socket {
  /** Whether it hears changes, as far as is known. */
  isAlive(): boolean;
  /** Says hello now, if no answer is awaited. */
  renew(): void;
  /** Returns whether a hello is due. That may be overdue, because timers stand still while the device sleeps. */
  isDue(): boolean;
  /** Ends it. No event follows. */
  close(): void;
}

/**
 * Dials, and says hello when the socket is open and before its lease ends.
 *
 * @param skipCache whether the token of the dial must be a new one.
 */
export function openSocket(options: SocketOptions, events: SocketEvents, skipCache: boolean): Socket {
  let socket: WebSocketLike | undefined;
  let token: string | null | undefined;
  let user: string | undefined;
  let isEnded = false;
  /** The timer of the next step: the end of a try, or the next hello. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isTrying = false;
  /** The number of hellos in a row that were refused. */
  let failures = 0;
  /** Whether the last hello that was refused has had a new token already. */
  let hasNewToken = false;
  // Times of the clock, because in some browsers `performance.now` stands still while the device sleeps.
  let helloAt = 0;
  let leaseEnd = Infinity;
  let dueAt = Infinity;

  function close(): void {
    isEnded = true;
    clearTimeout(timer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  function end(how: Omit<SocketEnd, 'user'>): void {
    close();
    events.ended({ user, ...how });
  }

  function setTimer(ms: number, step: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(step, ms);
  }

  /** Asks for a token and runs the next step with it. The step's answer must come in time. */
  async function tryWithToken(isNew: boolean, step: () => void, fail: (error: unknown) => void): Promise<void> {
    isTrying = true;
    setTimer(options.tryTimeout, () =>
      end({ error: new UsherError(0, 'timeout', `no answer within ${options.tryTimeout} ms`) }),
    );
    let next: string | null | undefined;
    try {
      // Not now, because the owner cannot be told anything before it has this socket.
      await undefined;
      next = await options.getToken(isNew ? { skipCache: true } : undefined);
    } catch (error) {
      if (!isEnded) fail(error);
      return;
    }
    if (isEnded) return;
    if (!next || (user && userOf(next) !== user)) {
      end({ isSignedOut: true });
      return;
    }
    token = next;
    user = userOf(token);
    if (options.final && options.final.user === user) end({ reason: options.final.reason });
    else step();
  }

  function dial(): void {
    let isOpen = false;
    try {
      socket = new options.WebSocket(options.url, [PROTOCOL, `bearer.${token}`]);
    } catch {
      // The error is left out, because it may quote the subprotocols, and one of them has the token.
      end({ error: new UsherError(0, 'network', 'the WebSocket cannot be created') });
      return;
    }
    socket.onopen = () => {
      isOpen = true;
      sayHello();
    };
    socket.onmessage = ({ data }) => receive(data);
    socket.onclose = () => end({ error: new UsherError(0, 'network', 'the WebSocket was closed'), isRefused: !isOpen });
    // `close` follows. Some WebSockets throw an error that nobody listens to.
    socket.onerror = () => {};
  }

  function sayHello(): void {
    helloAt = Date.now();
    const hello: ClientMessage = { type: 'hello', token: token as string };
    socket?.send(JSON.stringify(hello));
  }

  function renew(isNew = false): void {
    if (isLeaseOver()) end({});
    else tryWithToken(isNew, sayHello, refuse);
  }

  /** Repeats a hello later. */
  function refuse(error: unknown): void {
    isTrying = false;
    setTimer(backOff(failures++), renew);
    events.refused(error);
  }

  function receive(data: unknown): void {
    let message: ServerMessage | GatewayError;
    try {
      message = JSON.parse(String(data).replaceAll(token as string, '…')) ?? {};
    } catch {
      return;
    }
    if (message.type === 'changed') events.changed(message.keys);
    else if (message.type === 'closed') end({ reason: message.reason });
    else if (!isTrying) return;
    else if (message.type === 'ready') accept(message.renew_in_ms);
    else if (message.type === 'error') refuseOrRenew(message.problem.status, message.problem);
    else if (message.message) refuseOrRenew(500, message);
  }

  function accept(renewIn: number): void {
    isTrying = hasNewToken = false;
    failures = 0;
    leaseEnd = helloAt + LEASE;
    dueAt = Date.now() + renewIn;
    setTimer(renewIn, renew);
    events.ready();
  }

  /** Repeats a hello: at once with a new token if the token was refused, otherwise later. */
  function refuseOrRenew(status: number, body: unknown): void {
    if (status === 401 && !hasNewToken) {
      hasNewToken = true;
      renew(true);
    } else refuse(errorOfAnswer({ status }, JSON.stringify(body)));
  }

  const isLeaseOver = () => Date.now() >= leaseEnd;
  tryWithToken(skipCache, dial, (error) => end({ error }));
  return {
    isAlive: () => socket?.readyState === OPEN && !isLeaseOver(),
    isDue: () => Date.now() >= dueAt,
    renew: () => {
      if (!isTrying) renew();
    },
    close,
  };
}
