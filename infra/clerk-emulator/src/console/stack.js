// What `cargo dev` has beside Clerk: the rows of the selected user, the open sockets, and the last messages to them.

import { call } from './api.js';
import { $, badge, button, h, json, show, timeOf } from './dom.js';

const MESSAGES = 50;
const CHANGES = { INSERT: 'good', MODIFY: 'accent', REMOVE: 'bad' };

const rows = new Map();
let messages = [];
let userId;
let act;

// Shows an attribute that holds JSON as JSON, as the user object of Clerk.
function readable(attributes) {
  const parse = (value) => {
    if (typeof value !== 'string' || !value.startsWith('{')) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return attributes && Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, parse(value)]));
}

export async function selectRows(id) {
  userId = id;
  rows.clear();
  $('more-rows').textContent = '';
  renderRows();
  await readRows();
}

async function readRows() {
  const id = userId;
  if (!id) return;
  const { data, has_more } = await call('GET', `rows?user_id=${encodeURIComponent(id)}`);
  if (id !== userId) return;
  rows.clear();
  $('more-rows').textContent = has_more ? `The user has more rows than these ${data.length}.` : '';
  for (const row of data) rows.set(row.key.sk, row);
  renderRows();
}

export function showRow(row) {
  // The row of a socket tells the user.
  if (row.kind === 'connection') showSockets();
  if (row.user_id !== userId) return;
  // A removed row stays visible until the user is selected again.
  rows.set(
    row.key.sk,
    row.attributes ? row : { ...rows.get(row.key.sk), ...row, attributes: rows.get(row.key.sk)?.attributes ?? null },
  );
  renderRows();
}

function renderRows() {
  const list = [...rows.values()].sort((a, b) => (a.key.sk < b.key.sk ? 1 : -1));
  show($('row-list'), list, (row) => row.key.sk, renderRow);
}

function renderRow({ key, kind, change, attributes }) {
  const isRemoved = change === 'REMOVE';
  const isTombstone = attributes?.deleted_at !== undefined && !isRemoved;
  const summary = h(
    'summary',
    { 'data-action': 'open' },
    h(
      'span',
      { class: 'line' },
      h('strong', {}, kind),
      change && badge(change === 'REMOVE' ? 'removed' : change === 'INSERT' ? 'new' : 'changed', CHANGES[change]),
      isTombstone && badge('tombstone', 'bad'),
      attributes?.purged_at !== undefined && badge(`receipt: ${attributes.erased ?? 0} erased`, 'good'),
      h('span', { class: isRemoved ? 'mono removed' : 'mono' }, key.sk),
    ),
  );
  return h('li', { class: change ? 'changed' : undefined }, h('details', {}, summary, json(readable(attributes))));
}

export async function showSockets() {
  const { data } = await call('GET', 'connections');
  show($('socket-list'), data, (socket) => socket.connection_id, renderSocket);
}

function renderSocket({ connection_id, user_id, user_agent, connected_at }) {
  const to = (text, done, method, path) =>
    button(text, connection_id, () =>
      act(`${done} ${connection_id}`, () => call(method, `connections/${encodeURIComponent(connection_id)}${path}`)),
    );
  return h(
    'li',
    { class: 'line' },
    h('span', { class: 'mono' }, connection_id),
    h('span', {}, user_id ?? 'no user yet'),
    h('span', { class: 'soft' }, `since ${timeOf(connected_at)}, ${user_agent ?? 'no user agent'}`),
    h('div', { class: 'buttons' }, to('Close', 'closed', 'DELETE', ''), to('Cut', 'cut', 'POST', '/cut')),
  );
}

export function showMessage(message) {
  messages = [message, ...messages].slice(0, MESSAGES);
  renderMessages();
}

function renderMessages() {
  show(
    $('socket-message-list'),
    messages,
    (message) => String(message.number),
    ({ at, connection_id, body }) =>
      h(
        'li',
        { class: 'line' },
        h('span', { class: 'soft' }, `${timeOf(at)} to ${connection_id}`),
        h('code', { class: 'mono' }, JSON.stringify(body)),
      ),
  );
}

export async function showStack() {
  const { data } = await call('GET', `messages?limit=${MESSAGES}`);
  messages = data;
  renderMessages();
  await Promise.all([showSockets(), readRows()]);
}

export function startStack(options) {
  act = options.act;
}
