// A client of the Lambda Runtime API: less than Node's own runtime on Lambda does.

import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });
const base = `${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

/** Opens a request. Returns it, and a promise of its answer. */
function open(method, path, headers) {
  const sent = request(`${base}/${path}`, { agent, method, headers });
  const answer = new Promise((resolve, reject) => {
    sent.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    sent.on('error', reject);
  });
  return { sent, answer };
}

async function nextEvent() {
  const { sent, answer } = open('GET', 'next');
  sent.end();
  const { headers, body } = await answer;
  return { id: headers['lambda-runtime-aws-request-id'], event: JSON.parse(body) };
}

/** The body of a request. */
export function bodyOf({ body, isBase64Encoded }) {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
}

/** Answers every event with the status and the JSON that `handler` returns. A failure ends the process. */
export async function serve(handler) {
  for (;;) {
    const { id, event } = await nextEvent();
    const { status, answer } = await handler(event);
    const response = {
      statusCode: status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    };
    const posted = open('POST', `${id}/response`);
    posted.sent.end(JSON.stringify(response));
    await posted.answer;
  }
}

/** Answers every event with the events that `handler` yields. A failure ends the process. */
export async function serveStream(handler) {
  for (;;) {
    const { id, event } = await nextEvent();
    const posted = open('POST', `${id}/response`, {
      'content-type': 'application/vnd.awslambda.http-integration-response',
      'lambda-runtime-function-response-mode': 'streaming',
    });
    const prelude = { statusCode: 200, headers: { 'content-type': 'text/event-stream' } };
    posted.sent.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
    for await (const text of handler(event)) posted.sent.write(text);
    posted.sent.end();
    await posted.answer;
  }
}
