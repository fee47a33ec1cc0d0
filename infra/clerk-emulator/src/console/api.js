// The control routes of the emulator, which need no secret key.

// Calls a control route. Throws an error with the emulator's own words if it refuses.
export async function call(method, path, body) {
  const response = await fetch(`/control/${path}`, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const error = answer?.errors?.[0];
  throw new Error(error ? error.long_message : `${response.status} from /control/${path}`);
}

// Follows what changes. `opened` runs after each (re)connection, when everything has to be read again; no change after
// that is missed. `handlers` has a function for each name of an event.
export function follow({ opened, lost, handlers }) {
  const source = new EventSource('/control/events');
  source.addEventListener('open', opened);
  source.addEventListener('error', lost);
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
}
