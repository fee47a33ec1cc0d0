// Elements. Every text becomes a text node, so nothing that an app or a user wrote can become markup.

export const $ = (id) => document.getElementById(id);

// Creates an element: `h('li', { class: 'user', onclick }, 'text', child)`.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

export const badge = (text, kind = '') => h('span', { class: `badge ${kind}` }, text);

export const json = (value) => h('pre', { tabindex: '0' }, JSON.stringify(value, null, 2));

// A button that does something and says how it went. `name` is what it does to which thing, for screen readers.
export const button = (text, name, onclick, kind) =>
  h('button', { type: 'button', class: kind, 'aria-label': `${text}: ${name}`, 'data-action': text, onclick }, text);

export const timeOf = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

const shown = new WeakMap();

// Shows items in a list. An item that did not change keeps its element, and a changed one keeps what was open and where
// the focus was, so nothing jumps away from the reader.
export function show(list, items, keyOf, render) {
  const before = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const elements = items.map((item) => {
    const key = keyOf(item);
    const old = before.get(key);
    const version = JSON.stringify(item);
    before.delete(key);
    if (old && shown.get(old) === version) return old;
    const element = render(item);
    element.dataset.key = key;
    shown.set(element, version);
    if (old) replace(old, element);
    return element;
  });
  for (const element of before.values()) element.remove();
  let next = list.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
}

function replace(old, element) {
  const open = [...old.querySelectorAll('details')].map((details) => details.open);
  element.querySelectorAll('details').forEach((details, index) => {
    details.open = open[index] ?? false;
  });
  const action = old.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
  old.replaceWith(element);
  if (action) element.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus();
}
