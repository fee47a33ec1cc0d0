// The users, and the one that is selected: its actions, its sessions, and how to sign in as it.

import { call } from './api.js';
import { $, badge, button, h, show, timeOf } from './dom.js';
import { selectRows } from './stack.js';

// The longest page of the Backend API.
const LIMIT = 500;
const TOKEN_SECONDS = 3600;
const APP_URL = 'app-url';

const users = new Map();
const sessions = new Map();
let selected;
let act;
let withRows = false;

const nameOf = (user) => [user.first_name, user.last_name].filter(Boolean).join(' ') || emailOf(user) || user.id;
const emailOf = (user) => user.email_addresses?.[0]?.email_address;

export async function showUsers() {
  const list = await call('GET', `v1/users?limit=${LIMIT}`);
  for (const [id, user] of users) if (!user.deleted) users.delete(id);
  for (const user of list) users.set(user.id, user);
  render();
  await readSessions();
}

export function showUser(user) {
  // A deleted user stays in the list, so that the tombstone can be looked at.
  users.set(user.id, user.deleted ? { ...users.get(user.id), ...user } : user);
  if (user.deleted && user.id === selected) sessions.clear();
  render();
}

export function showSession(session) {
  if (session.user_id !== selected) return;
  sessions.set(session.id, session);
  renderSessions();
}

function render() {
  const list = [...users.values()].sort((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0));
  const items = list.map((user) => ({ ...user, isSelected: user.id === selected }));
  show($('user-list'), items, (user) => user.id, renderUser);
  renderSelected();
}

function renderUser(user) {
  const text = h(
    'span',
    { class: 'line' },
    h('strong', {}, nameOf(user)),
    user.banned && badge('banned', 'bad'),
    user.locked && badge('locked', 'wait'),
    user.deleted && badge('deleted', 'bad'),
  );
  const properties = {
    type: 'button',
    class: 'user',
    'data-action': 'select',
    'aria-pressed': String(user.isSelected),
  };
  const onclick = () => select(user.id);
  return h('li', {}, h('button', { ...properties, onclick }, text, h('span', { class: 'soft' }, emailOf(user) ?? '')));
}

async function select(id) {
  selected = id;
  sessions.clear();
  const user = users.get(id) ?? {};
  $('rename-first-name').value = user.first_name ?? '';
  $('rename-last-name').value = user.last_name ?? '';
  for (const output of ['token-output', 'app-link-output']) $(output).hidden = true;
  render();
  if (withRows) selectRows(id);
  await readSessions();
}

function renderSelected() {
  const user = users.get(selected);
  const isThere = Boolean(user && !user.deleted);
  $('user-title').textContent = user ? nameOf(user) : (selected ?? 'No user is selected');
  $('user-id').textContent = selected ?? '';
  $('user-actions').hidden = !isThere;
  $('ban-user').textContent = user?.banned ? 'Unban' : 'Ban';
  renderSessions();
}

async function readSessions() {
  const id = selected;
  if (!id) return;
  const list = await call('GET', `v1/sessions?user_id=${encodeURIComponent(id)}&limit=100`);
  if (id !== selected) return;
  sessions.clear();
  for (const session of list) sessions.set(session.id, session);
  renderSessions();
}

function renderSessions() {
  const list = [...sessions.values()].filter((session) => !session.deleted);
  list.sort((a, b) => b.created_at - a.created_at);
  show($('session-list'), list, (session) => session.id, renderSession);
}

function renderSession({ id, status, created_at }) {
  const isActive = status === 'active';
  const end = (text, status) =>
    button(text, id, () => act(`${text} ${id}`, () => call('POST', `sessions/${id}/end`, { status })));
  const buttons = isActive && [
    button('Copy a token', id, () => act(`copied a token of ${id}`, () => copyToken(id))),
    end('Sign out', 'removed'),
    end('Revoke', 'revoked'),
  ];
  return h(
    'li',
    { class: 'line' },
    badge(status, isActive ? 'good' : ''),
    h('span', { class: 'mono' }, id),
    h('span', { class: 'soft' }, timeOf(created_at)),
    h('div', { class: 'buttons' }, buttons || []),
  );
}

async function copyToken(sessionId) {
  const { jwt } = await call('POST', `v1/sessions/${sessionId}/tokens`, { expires_in_seconds: TOKEN_SECONDS });
  $('token').value = jwt;
  $('token-output').hidden = false;
  // The text field stays if the browser does not allow the clipboard.
  await navigator.clipboard?.writeText(jwt).catch(() => $('token').select());
}

async function signIn(user_id) {
  const session = await call('POST', 'v1/sessions', { user_id });
  await copyToken(session.id);
}

// Opens the page of the app with a sign-in token, which Clerk's components exchange for a session.
async function openApp(user_id) {
  let url;
  try {
    url = new URL($('app-url').value);
  } catch {
    throw new Error('Enter the URL of the page that has the sign-in of your app.');
  }
  if (!['http:', 'https:'].includes(url.protocol)) throw new Error('The URL must begin with http:// or https://.');
  localStorage.setItem(APP_URL, url.href);
  const { token } = await call('POST', 'v1/sign_in_tokens', { user_id });
  url.searchParams.set('__clerk_ticket', token);
  $('app-link').href = url.href;
  $('app-link-output').hidden = false;
  window.open(url.href, '_blank', 'noopener,noreferrer');
}

export function startUsers(options) {
  act = options.act;
  withRows = options.hasStack;
  $('app-url').value = localStorage.getItem(APP_URL) ?? options.appUrl ?? '';
  const onSubmit = (id, handle) =>
    $(id).addEventListener('submit', (event) => {
      event.preventDefault();
      handle(event.target);
    });
  onSubmit('add-user', (form) => {
    const [email, first_name, last_name] = ['add-email', 'add-first-name', 'add-last-name'].map((id) =>
      $(id).value.trim(),
    );
    const body = {
      email_address: email ? [email] : undefined,
      first_name: first_name || undefined,
      last_name: last_name || undefined,
    };
    act(`added ${[first_name, last_name].filter(Boolean).join(' ') || email || 'a user'}`, async () => {
      const user = await call('POST', 'v1/users', body);
      form.reset();
      users.set(user.id, user);
      await select(user.id);
    });
  });
  onSubmit('find-user', () => $('find-user-id').value.trim() && select($('find-user-id').value.trim()));
  onSubmit('rename-user', () => {
    const body = {
      first_name: $('rename-first-name').value.trim() || null,
      last_name: $('rename-last-name').value.trim() || null,
    };
    act(`renamed ${selected}`, () => call('PATCH', `v1/users/${selected}`, body));
  });
  $('ban-user').addEventListener('click', () => {
    const verb = users.get(selected)?.banned ? 'unban' : 'ban';
    act(`${verb} ${selected}`, () => call('POST', `v1/users/${selected}/${verb}`));
  });
  $('delete-user').addEventListener('click', () =>
    act(`deleted ${selected}`, () => call('DELETE', `v1/users/${selected}`)),
  );
  $('copy-token').addEventListener('click', () =>
    act(`signed in as ${selected}, and copied a token`, () => signIn(selected)),
  );
  $('open-app').addEventListener('click', () => act(`opened the app as ${selected}`, () => openApp(selected)));
}
