// The table, and the key of a user's row in it.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export const client = new DynamoDBClient({ endpoint: process.env.DYNAMODB_ENDPOINT_URL });
export const TableName = process.env.TABLE_NAME;

export function key(user, sk) {
  return { pk: { S: `USER#${user}` }, sk: { S: sk } };
}
