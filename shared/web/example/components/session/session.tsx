'use client';

import { useAuth } from '@clerk/nextjs';
import { UsherProvider } from '@usher/client/react';
import type { ReactNode } from 'react';
import { usher } from '@/lib/usher';
import { Gate } from './gate';

/** Gives the pages of a signed-in user their session. They are shown as soon as Usher knows the user. */
export function Session({ children }: { children: ReactNode }) {
  return (
    <UsherProvider client={usher} useAuth={useAuth}>
      <Gate>{children}</Gate>
    </UsherProvider>
  );
}
