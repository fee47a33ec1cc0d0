/** The control routes of the model emulator. */

import { inject } from 'vitest';

/** An answer of the emulator that waits for {@link step}. */
export interface Script {
  text: string;
  end?: 'finish' | 'break_off';
}

async function control(method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(new URL(`/control/${path}`, inject('modelUrl')), {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response;
}

/** Sets what the model answers to questions that contain this word, one word for each step. */
export async function setScript(marker: string, script: Script): Promise<void> {
  await control('PUT', `scripts/${marker}`, { pace: 'stepped', ...script });
}

/** Lets the last answer continue by this number of words. Its end is a step too. */
export async function step(marker: string, words: number): Promise<void> {
  await control('POST', `requests/${marker}/step`, { words });
}

/** Returns the states of the requests with this word, the oldest first: `open`, `ended`, or `closed` by the API. */
export async function statesOf(marker: string): Promise<string[]> {
  const { requests } = (await (await control('GET', `requests/${marker}`)).json()) as { requests: { state: string }[] };
  return requests.map(({ state }) => state);
}
