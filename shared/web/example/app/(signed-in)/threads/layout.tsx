import { HydrationBoundary } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Columns } from '@/components/threads/columns';
import { prefetch } from '@/lib/prefetch';

export default async function ThreadsLayout({ children }: { children: ReactNode }) {
  const state = await prefetch((client, queries) => [client.prefetchInfiniteQuery(queries.threads())]);
  return (
    <HydrationBoundary state={state}>
      <Columns>{children}</Columns>
    </HydrationBoundary>
  );
}
