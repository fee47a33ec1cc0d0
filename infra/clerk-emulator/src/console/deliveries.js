// The deliveries: what was sent, what was answered, and what can go wrong with them.

import { call } from './api.js';
import { $, badge, button, h, json, show, timeOf } from './dom.js';

const SHOWN = 100;
const KINDS = { delivered: 'good', failed: 'bad', held: 'wait', sending: 'wait', dropped: 'bad' };

const deliveries = new Map();
// The held deliveries that are chosen, in the order in which they were.
let chosen = [];
let act;

export async function showDeliveries() {
  const { data } = await call('GET', `deliveries?limit=${SHOWN}`);
  deliveries.clear();
  // The map is in the order of insertion, oldest first.
  for (const delivery of data.reverse()) deliveries.set(delivery.id, delivery);
  render();
}

export function showDelivery(delivery) {
  deliveries.set(delivery.id, delivery);
  if (deliveries.size > SHOWN) deliveries.delete(deliveries.keys().next().value);
  render();
}

function render() {
  chosen = chosen.filter((id) => deliveries.get(id)?.state === 'held');
  const items = [...deliveries.values()]
    .reverse()
    .map((delivery) => ({ ...delivery, place: chosen.indexOf(delivery.id) + 1 }));
  show($('delivery-list'), items, (delivery) => delivery.id, renderDelivery);
  const release = $('release-in-order');
  release.disabled = chosen.length === 0;
  release.textContent = chosen.length ? `Release ${chosen.length} in the chosen order` : 'Release in the chosen order';
}

function choose(id, isChosen) {
  chosen = chosen.filter((other) => other !== id);
  if (isChosen) chosen.push(id);
  render();
}

function renderDelivery(delivery) {
  const { id, type, state, created_at, attempts, replay_of, place, body } = delivery;
  const name = body?.data?.first_name ?? body?.data?.id ?? '';
  const isHeld = state === 'held';
  const checkbox =
    isHeld &&
    h(
      'label',
      { class: 'line' },
      h('input', {
        type: 'checkbox',
        checked: place > 0,
        'aria-label': `choose ${type} ${name} for the release`,
        'data-action': 'choose',
        onchange: (event) => choose(id, event.target.checked),
      }),
      place ? `${place}.` : '',
    );
  const summary = h(
    'summary',
    { 'data-action': 'open' },
    h(
      'span',
      { class: 'line' },
      badge(state, KINDS[state]),
      h('strong', {}, type),
      h('span', {}, name),
      replay_of && badge('replay', 'accent'),
      h(
        'span',
        { class: 'soft' },
        `${timeOf(created_at)}, ${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}`,
      ),
    ),
  );
  return h(
    'li',
    { class: 'delivery' },
    checkbox || [],
    h(
      'details',
      {},
      summary,
      h('div', { class: 'buttons' }, actions(delivery)),
      replay_of && h('p', { class: 'soft' }, `As old as it would have been then; a replay of ${replay_of}`),
      h('h3', {}, 'Body'),
      json(body),
      h('h3', {}, attempts.length ? 'Attempts' : 'No attempt'),
      h(
        'ol',
        { class: 'list' },
        attempts.map((attempt) => renderAttempt(id, attempt)),
      ),
    ),
  );
}

function actions({ id, type, state }) {
  const to = (text, done, path, body) =>
    button(text, `${type} ${id}`, () => act(`${done} ${type}`, () => call('POST', `deliveries/${id}/${path}`, body)));
  const isHeld = state === 'held';
  return [
    isHeld ? to('Release', 'released', 'send', {}) : to('Repeat', 'repeated', 'send', {}),
    isHeld && to('Lose', 'lost', 'drop'),
    to('Corrupt the signature', 'sent with a wrong signature:', 'send', { wrong_signature: true }),
    to("Replay last week's", "replayed last week's", 'replay', { signed: 'then' }),
    to("Replay last week's, signed now", "replayed, signed now: last week's", 'replay', { signed: 'now' }),
  ].filter(Boolean);
}

function renderAttempt(id, { at, duration_ms, status, answer, error, svix_timestamp, svix_signature }) {
  const isGood = status >= 200 && status < 300;
  const headers = {
    'svix-id': id,
    'svix-timestamp': svix_timestamp,
    'svix-signature': svix_signature,
    'content-type': 'application/json',
    'user-agent': 'Svix-Webhooks/1.0',
  };
  return h(
    'li',
    {},
    h(
      'div',
      { class: 'line' },
      badge(String(status ?? 'no answer'), isGood ? 'good' : 'bad'),
      h('span', { class: 'soft' }, `${timeOf(at)}, ${duration_ms} ms`),
    ),
    h(
      'dl',
      {},
      Object.entries(headers).map(([name, value]) => [h('dt', {}, name), h('dd', {}, String(value))]),
    ),
    (answer || error) && h('p', { class: 'mono' }, answer || error),
  );
}

export function startDeliveries(options) {
  act = options.act;
  $('delivery-mode').addEventListener('change', (event) => {
    const delivery = event.target.value;
    act(`new webhooks are ${{ send: 'sent', hold: 'held', drop: 'lost' }[delivery]}`, () =>
      call('PUT', 'webhooks', { delivery }),
    );
  });
  $('release-in-order').addEventListener('click', () => {
    const ids = chosen;
    act(`released ${ids.length} in the chosen order`, () => call('POST', 'deliveries/send', { ids }));
  });
}
