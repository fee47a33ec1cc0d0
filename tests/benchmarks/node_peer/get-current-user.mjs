// `GET /users/me`: the caller's own Clerk user, without `private_metadata`.

import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { callerOf } from './caller.mjs';
import { serve } from './runtime.mjs';
import { client, key, TableName } from './table.mjs';

serve(async (event) => {
  const user = await callerOf(event);
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: key(user, 'USER'), ConsistentRead: true }),
  );
  const { private_metadata, ...answer } = JSON.parse(Item.clerk_user.S);
  return { status: 200, answer };
});
