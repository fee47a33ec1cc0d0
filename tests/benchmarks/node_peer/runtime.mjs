// A client of the Lambda Runtime API: less than Node's own runtime on Lambda does.

import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });
const base = `${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/${path}`, { agent, method }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Answers every event with the status and the JSON that `handler` returns. A failure ends the process. */
export async function serve(handler) {
  for (;;) {
    const next = await call('GET', 'next');
    const id = next.headers['lambda-runtime-aws-request-id'];
    const { status, answer } = await handler(JSON.parse(next.body));
    const response = {
      statusCode: status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    };
    await call('POST', `${id}/response`, JSON.stringify(response));
  }
}
