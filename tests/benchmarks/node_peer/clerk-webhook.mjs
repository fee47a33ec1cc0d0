// `POST /webhooks/clerk`: stores a version of a user, if it is newer than the row.

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Webhook } from 'svix';
import { bodyOf, serve } from './runtime.mjs';
import { client, key, TableName } from './table.mjs';

const webhook = new Webhook(process.env.CLERK_WEBHOOK_SECRET);

serve(async (event) => {
  const body = bodyOf(event);
  webhook.verify(body, event.headers);
  const { data, timestamp } = JSON.parse(body);
  const updated_at = { N: String(data.updated_at) };
  const event_at = { N: String(timestamp) };
  await client.send(
    new PutItemCommand({
      TableName,
      Item: { ...key(data.id, 'USER'), clerk_user: { S: JSON.stringify(data) }, updated_at, event_at },
      ConditionExpression:
        'attribute_not_exists(pk) OR (attribute_not_exists(deleted_at) AND updated_at < :updated_at)',
      ExpressionAttributeValues: { ':updated_at': updated_at },
    }),
  );
  return { status: 200, answer: { outcome: 'updated' } };
});
