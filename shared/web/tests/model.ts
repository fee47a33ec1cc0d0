/** The model emulator of `cargo dev`, which continues when a test says so. */

import { expect, inject, onTestFinished, vi } from 'vitest';

/** What the emulator answers. */
export interface Script {
  text?: string;
  pace?: 'immediate' | 'stepped';
  end?: 'finish' | 'break_off' | 'stall';
  status?: number;
}

async function control(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(new URL(`/control/${path}`, inject('modelUrl')), {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response;
}

/** Sets what the model answers to a question of this test. Returns the question, and what the test does to the answer. */
export async function askFor(script: Script) {
  const marker = crypto.randomUUID();
  await control('PUT', `scripts/${marker}`, script);
  onTestFinished(async () => {
    await control('DELETE', `scripts/${marker}`);
  });
  const states = async () => {
    const { requests } = (await (await control('GET', `requests/${marker}`)).json()) as {
      requests: { state: string }[];
    };
    return requests.map(({ state }) => state);
  };
  return {
    question: `${marker} Why?`,
    /** The states of the requests to the model. */
    states,
    /** Lets a stepped answer continue by this number of words. Its end is a step too. */
    async step(words: number): Promise<void> {
      await vi.waitFor(async () => expect((await states()).length).toBeGreaterThan(0), { timeout: 20_000 });
      await control('POST', `requests/${marker}/step`, { words });
    },
  };
}
