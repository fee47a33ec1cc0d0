import 'server-only';
import { auth } from '@clerk/nextjs/server';
import { type DehydratedState, dehydrate, QueryClient } from '@tanstack/react-query';
import { type UsherQueries, usherQueries } from '@usher/client/react';
import { serverUsher } from './usher';

/**
 * Reads on the server what a page shows first, with the token of the user who asks for the page. What could not be read
 * is missing in the result, and the browser reads it.
 */
export async function prefetch(
  read: (client: QueryClient, queries: UsherQueries) => Promise<unknown>[],
): Promise<DehydratedState> {
  const session = await auth();
  const client = new QueryClient();
  if (session.userId) await Promise.all(read(client, usherQueries(serverUsher, session)));
  return dehydrate(client);
}
