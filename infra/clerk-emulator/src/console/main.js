// The console: reads the state of the emulator, follows its changes, and drives it through the control routes.

import { call, follow } from './api.js';
import { showDeliveries, showDelivery, startDeliveries } from './deliveries.js';
import { $, h, show, timeOf } from './dom.js';
import { showMessage, showRow, showSockets, showStack, startStack } from './stack.js';
import { showSession, showUser, showUsers, startUsers } from './users.js';

const LOG_LINES = 200;
const FAULTS = {
  'clerk-slow': { fault: 'delay', delay_ms: 2000 },
  'clerk-down': { fault: 'unavailable' },
  'clerk-429': { fault: 'rate_limited', retry_after_seconds: 1 },
};

let hasStack = false;

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

function log(text) {
  const list = $('log');
  list.prepend(h('div', {}, `${timeOf(Date.now())} ${text}`));
  while (list.children.length > LOG_LINES) list.lastElementChild.remove();
}

// Does something and says how it went.
async function act(text, action) {
  try {
    const result = await action();
    $('message').className = '';
    $('message').textContent = `Done: ${text}`;
    log(text);
    return result;
  } catch (error) {
    $('message').className = 'bad';
    $('message').textContent = `Not done: ${text}. ${error.message}`;
    log(`not done: ${text}. ${error.message}`);
  }
}

function showState(state) {
  const { users, sessions, webhooks } = state;
  $('summary').textContent = [
    count(users, 'user'),
    count(sessions, 'session'),
    count(webhooks.held, 'held webhook'),
  ].join(', ');
  $('key-id').textContent = state.key_id;
  document.querySelector(`input[name=delivery][value=${webhooks.delivery}]`).checked = true;
  const faults = state.faults.map((fault, index) => ({ ...fault, index }));
  if (state.rate_limit) faults.push({ index: -1, limit: state.rate_limit });
  show(
    $('fault-list'),
    faults,
    (fault) => String(fault.index),
    (fault) => h('li', {}, describeFault(fault)),
  );
}

function describeFault({ fault, limit, method, path, times, delay_ms, status }) {
  if (limit) return `429 after ${limit.requests} requests in ${limit.per_ms} ms`;
  const what = { delay: `${delay_ms} ms later`, response: `${status}` }[fault] ?? fault.replaceAll('_', ' ');
  const left = times === null ? 'until removed' : `${times} more`;
  return `${what}: ${method ?? 'every method'} ${path}, ${left}`;
}

function startClerk() {
  for (const [id, fault] of Object.entries(FAULTS)) {
    $(id).addEventListener('click', () =>
      act($(id).textContent, () => call('POST', 'faults', { ...fault, path: $('fault-path').value })),
    );
  }
  $('clerk-healthy').addEventListener('click', () =>
    act('Clerk is healthy again', async () => {
      await call('DELETE', 'faults');
      await call('DELETE', 'rate_limit');
    }),
  );
  const rotate = (text, body) => act(text, () => call('POST', 'keys/rotate', body));
  $('rotate-same-kid').addEventListener('click', () => rotate('rotated the key under the same id', {}));
  $('rotate-new-kid').addEventListener('click', () =>
    rotate('rotated to a key with another id', { key_id: `ins_${crypto.randomUUID().replaceAll('-', '')}` }),
  );
}

function setConnection(text, kind) {
  $('connection').textContent = text;
  $('connection').className = `badge ${kind}`;
}

async function readAll() {
  setConnection('live', 'good');
  await Promise.all([showUsers(), showDeliveries(), hasStack && showStack()]);
}

async function start() {
  const settings = await call('GET', 'console');
  hasStack = settings.has_stack;
  for (const element of document.querySelectorAll('[data-stack]')) element.hidden = !hasStack;
  startUsers({ act, appUrl: settings.app_url, hasStack });
  startDeliveries({ act });
  startStack({ act });
  startClerk();
  follow({
    opened: () => readAll().catch((error) => log(`not read: ${error.message}`)),
    lost: () => setConnection('reconnecting', 'wait'),
    handlers: {
      state: showState,
      user: showUser,
      session: showSession,
      delivery: (delivery) => {
        showDelivery(delivery);
        const last = delivery.attempts.at(-1);
        log(`webhook ${delivery.type} ${delivery.state}${last ? ` (${last.status ?? 'no answer'})` : ''}`);
      },
      request: ({ method, path, status }) => log(`request ${method} ${path} ${status}`),
      row: (row) => {
        showRow(row);
        log(`row ${row.change} ${row.user_id} ${row.key.sk}`);
      },
      connection: (connection) => {
        showSockets();
        log(`socket ${connection.connection_id} ${connection.closed ? 'closed' : 'opened'}`);
      },
      message: showMessage,
    },
  });
}

start().catch((error) => {
  setConnection('stopped', 'bad');
  $('message').className = 'bad';
  $('message').textContent = `The console cannot start. ${error.message}`;
});
