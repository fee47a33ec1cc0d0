// `POST /stream/threads/{thread_id}/replies`: adds a message to a thread, and streams the model's reply to it.

import { randomUUID } from 'node:crypto';
import { QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { callerOf } from './caller.mjs';
import { bodyOf, serveStream } from './runtime.mjs';
import { client, key, TableName } from './table.mjs';

const ConditionExpression = 'attribute_exists(pk) AND attribute_not_exists(deleted_at)';
const LEASE_MS = 30_000;

serveStream(async function* (event) {
  const user = await callerOf(event);
  const thread = event.pathParameters.thread_id;
  const { content } = JSON.parse(bodyOf(event));
  const message = { id: randomUUID(), role: 'user', content };
  const reply = { id: randomUUID(), role: 'assistant', content: '' };
  const places = (await query(user, 'REPLY#')).Items;
  if (places.some((place) => Number(place.leased_until.N) > Date.now())) throw new Error('a reply is being written');
  await begin(user, thread, message, reply);
  yield chunk({ type: 'start', messageId: reply.id });
  yield chunk({ type: 'text-start', id: '0' });

  const past = (await query(user, `MESSAGE#${thread}#`)).Items.filter((row) => row.content.S !== '');
  past.sort((one, two) => Number(one.created_at.N) - Number(two.created_at.N));
  for await (const delta of ask(past.map((row) => ({ role: row.role.S, content: row.content.S })))) {
    reply.content += delta;
    yield chunk({ type: 'text-delta', id: '0', delta });
  }
  await end(user, thread, reply);
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

/** Adds both messages, and takes the user's place for a reply. */
async function begin(user, thread, ...messages) {
  const now = Date.now();
  const created_at = { N: String(now) };
  const rows = messages.map(({ id, role, content }) => ({
    ...key(user, `MESSAGE#${thread}#${id}`),
    role: { S: role },
    content: { S: content },
    created_at,
  }));
  rows.push({ ...key(user, 'REPLY#0'), leased_until: { N: String(now + LEASE_MS) } });
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { ConditionCheck: { TableName, Key: key(user, 'USER'), ConditionExpression } },
        {
          Update: {
            TableName,
            Key: key(user, `THREAD#${thread}`),
            UpdateExpression: 'SET updated_at = :now',
            ConditionExpression,
            ExpressionAttributeValues: { ':now': created_at },
          },
        },
        ...rows.map((Item) => ({ Put: { TableName, Item } })),
      ],
    }),
  );
}

/** Stores the text of the reply, and gives its place back. */
async function end(user, thread, { id, content }) {
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { ConditionCheck: { TableName, Key: key(user, 'USER'), ConditionExpression } },
        {
          Update: {
            TableName,
            Key: key(user, `MESSAGE#${thread}#${id}`),
            UpdateExpression: 'SET content = :content',
            ConditionExpression,
            ExpressionAttributeValues: { ':content': { S: content } },
          },
        },
        { Delete: { TableName, Key: key(user, 'REPLY#0') } },
      ],
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
