import { HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { Thread } from '@/components/thread/thread';
import { prefetch } from '@/lib/prefetch';

export const metadata: Metadata = { title: 'Thread' };

export default async function ThreadPage({ params }: PageProps<'/threads/[threadId]'>) {
  const { threadId } = await params;
  const state = await prefetch((client, queries) => [
    client.prefetchQuery(queries.thread(threadId)),
    client.prefetchInfiniteQuery(queries.messages(threadId)),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Thread key={threadId} threadId={threadId} />
    </HydrationBoundary>
  );
}
