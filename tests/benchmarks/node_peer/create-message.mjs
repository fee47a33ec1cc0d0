// `POST /threads/{thread_id}/messages`: adds a message to a thread, if user and thread are there.

import { randomUUID } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { callerOf } from './caller.mjs';
import { bodyOf, serve } from './runtime.mjs';
import { client, key, TableName } from './table.mjs';

serve(async (event) => {
  const user = await callerOf(event);
  const thread = event.pathParameters.thread_id;
  const { content, role = 'user' } = JSON.parse(bodyOf(event));
  const id = randomUUID();
  const now = Date.now();
  const created_at = { N: String(now) };
  const Item = { ...key(user, `MESSAGE#${thread}#${id}`), role: { S: role }, content: { S: content }, created_at };
  const ConditionExpression = 'attribute_exists(pk) AND attribute_not_exists(deleted_at)';
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
        { Put: { TableName, Item } },
      ],
    }),
  );
  return { status: 201, answer: { id, thread_id: thread, role, content, created_at: now } };
});
