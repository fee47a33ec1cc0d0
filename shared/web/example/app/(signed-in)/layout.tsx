import { HydrationBoundary } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Frame } from '@/components/frame';
import { Session } from '@/components/session/session';
import { prefetch } from '@/lib/prefetch';

export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const state = await prefetch((client, queries) => [
    client.prefetchQuery(queries.user()),
    client.prefetchQuery(queries.settings()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Session>
        <Frame>{children}</Frame>
      </Session>
    </HydrationBoundary>
  );
}
