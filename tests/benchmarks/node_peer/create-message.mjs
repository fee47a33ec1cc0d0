// `POST /threads/{thread_id}/messages`: adds a message to a thread, if user and thread are there.

import { randomUUID } from 'node:crypto';
import { callerOf } from './caller.mjs';
import { bodyOf, serve } from './runtime.mjs';
import { checkUser, commit, number, putMessage, setAttribute } from './transaction.mjs';

serve(async (event) => {
  const user = await callerOf(event);
  const thread = event.pathParameters.thread_id;
  const { content, role = 'user' } = JSON.parse(bodyOf(event));
  const message = { id: randomUUID(), role, content, created_at: Date.now() };
  await commit(
    checkUser(user),
    setAttribute(user, `THREAD#${thread}`, 'updated_at', number(message.created_at)),
    putMessage(user, thread, message),
  );
  return { status: 201, answer: { thread_id: thread, ...message } };
});
