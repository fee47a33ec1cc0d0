'use client';

import { type ReactNode, useSyncExternalStore } from 'react';

/**
 * Shows its children only after the page was hydrated. Clerk's components need that: they look different as soon as
 * Clerk has loaded, and if that is before the scripts of the page, React finds another page than the server's.
 */
export function AfterHydration({ children }: { children: ReactNode }) {
  const isHydrated = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );
  return isHydrated && children;
}
