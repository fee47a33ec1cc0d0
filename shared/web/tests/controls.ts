/** The control routes of the Clerk emulator of `cargo dev`: they hold its webhooks and make it fail. */

import { inject, onTestFinished } from 'vitest';

/** Sends a request to a control route. */
async function control(method: string, path: string, body: object = {}): Promise<void> {
  const response = await fetch(`${inject('clerkUrl')}/control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** Makes requests to Clerk's Backend API fail, at most until the test ends. */
export async function injectFault(fault: { fault: string; [field: string]: string | number }): Promise<void> {
  onTestFinished(() => control('DELETE', '/faults'));
  await control('POST', '/faults', fault);
}

/** Holds Clerk's webhooks, at most until the test ends. Returns the function that sends them. */
export async function holdWebhooks(): Promise<() => Promise<void>> {
  const send = () => control('PUT', '/webhooks', { delivery: 'send' });
  onTestFinished(send);
  await control('PUT', '/webhooks', { delivery: 'hold' });
  return send;
}

/** Ends a session, as a sign-out does. */
export async function endSession(id: string): Promise<void> {
  await control('POST', `/sessions/${id}/end`, { status: 'ended' });
}
