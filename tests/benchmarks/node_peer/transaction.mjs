// The parts of transactions that write what belongs to a user.

import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { client, key, TableName } from './table.mjs';

const ConditionExpression = 'attribute_exists(pk) AND attribute_not_exists(deleted_at)';

/** Writes all parts, or none. */
export function commit(...TransactItems) {
  return client.send(new TransactWriteItemsCommand({ TransactItems }));
}

/** Fails if the user is not there. */
export function checkUser(user) {
  return { ConditionCheck: { TableName, Key: key(user, 'USER'), ConditionExpression } };
}

/** Sets an attribute of a row. Fails if the row is not there. */
export function setAttribute(user, sk, name, value) {
  return {
    Update: {
      TableName,
      Key: key(user, sk),
      UpdateExpression: `SET ${name} = :value`,
      ConditionExpression,
      ExpressionAttributeValues: { ':value': value },
    },
  };
}

/** Adds a message to a thread. */
export function putMessage(user, thread, { id, role, content, created_at }) {
  return put({
    ...key(user, `MESSAGE#${thread}#${id}`),
    role: { S: role },
    content: { S: content },
    created_at: number(created_at),
  });
}

/** Adds a row. */
export function put(Item) {
  return { Put: { TableName, Item } };
}

/** Deletes a row. */
export function remove(user, sk) {
  return { Delete: { TableName, Key: key(user, sk) } };
}

/** A number, as DynamoDB's API has it. */
export function number(value) {
  return { N: String(value) };
}
