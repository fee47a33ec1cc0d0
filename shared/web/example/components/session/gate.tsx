'use client';

import { useUsherAuth } from '@usher/client/react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect } from 'react';
import { Notice } from '../notice';
import { Deleted } from './deleted';
import { SignInAgain } from './sign-in-again';

/** Shows its children if Usher says that the user is signed in, and otherwise why not. */
export function Gate({ children }: { children: ReactNode }) {
  const { status, error } = useUsherAuth();
  switch (status) {
    case 'signedIn':
      return children;
    case 'loading':
      return error ? (
        <Notice title="No connection">The server does not answer. This page tries again by itself.</Notice>
      ) : (
        <Notice title="One moment…" />
      );
    case 'notSynced':
      return <Notice title="Your account is being set up…">This takes a few seconds.</Notice>;
    case 'signedOut':
      return (
        <Notice title="You are signed out">
          <SignInAgain />
        </Notice>
      );
    case 'banned':
      return <Notice title="Your account is banned">You cannot use this app any more.</Notice>;
    case 'deleted':
      return <Leave />;
  }
}

/** Leaves for a page that needs no session, because Clerk's session ends soon, too. */
function Leave() {
  const router = useRouter();
  useEffect(() => router.replace('/goodbye'), [router]);
  return <Deleted />;
}
