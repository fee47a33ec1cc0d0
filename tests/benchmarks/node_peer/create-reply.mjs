// `POST /stream/threads/{thread_id}/replies`: adds a message to a thread, and streams the model's reply to it.

import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { callerOf } from './caller.mjs';
import { bodyOf, serveStream } from './runtime.mjs';
import { client, key, TableName } from './table.mjs';
import { checkUser, commit, number, put, putMessage, remove, setAttribute } from './transaction.mjs';

/** The row that allows one writer to write a reply. */
const PLACE = 'REPLY#0';
const LEASE_MS = 30_000;

serveStream(async function* (event) {
  const user = await callerOf(event);
  const thread = event.pathParameters.thread_id;
  const { content } = JSON.parse(bodyOf(event));
  const now = Date.now();
  const message = { id: randomUUID(), role: 'user', content, created_at: now };
  const reply = { id: randomUUID(), role: 'assistant', content: '', created_at: now };
  const places = (await query(user, 'REPLY#')).Items;
  if (places.some((place) => Number(place.leased_until.N) > now)) throw new Error('a reply is being written');
  await commit(
    checkUser(user),
    setAttribute(user, `THREAD#${thread}`, 'updated_at', number(now)),
    putMessage(user, thread, message),
    putMessage(user, thread, reply),
    put({ ...key(user, PLACE), leased_until: number(now + LEASE_MS) }),
  );
  yield chunk({ type: 'start', messageId: reply.id });
  yield chunk({ type: 'text-start', id: '0' });

  const past = (await query(user, `MESSAGE#${thread}#`)).Items.filter((row) => row.content.S !== '');
  past.sort((one, two) => Number(one.created_at.N) - Number(two.created_at.N));
  for await (const delta of ask(past.map((row) => ({ role: row.role.S, content: row.content.S })))) {
    reply.content += delta;
    yield chunk({ type: 'text-delta', id: '0', delta });
  }
  await commit(
    checkUser(user),
    setAttribute(user, `MESSAGE#${thread}#${reply.id}`, 'content', { S: reply.content }),
    remove(user, PLACE),
  );
  yield chunk({ type: 'text-end', id: '0' });
  yield chunk({ type: 'finish' });
  yield 'data: [DONE]\n\n';
});

function chunk(value) {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function query(user, prefix) {
  const { pk, sk } = key(user, prefix);
  return client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
      ConsistentRead: true,
    }),
  );
}

/** The pieces of the model's answer. */
async function* ask(messages) {
  const response = await fetch(`${process.env.MODEL_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: process.env.MODEL_NAME, messages, stream: true }),
  });
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
      const delta = JSON.parse(line.slice('data: '.length)).choices[0].delta.content;
      if (delta) yield delta;
    }
  }
}
