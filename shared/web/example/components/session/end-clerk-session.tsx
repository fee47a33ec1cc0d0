'use client';

import { useAuth, useClerk } from '@clerk/nextjs';
import { useEffect } from 'react';

/** Ends the session that Clerk still has in this browser after the account was deleted. */
export function EndClerkSession() {
  const { isSignedIn } = useAuth();
  const { signOut } = useClerk();
  useEffect(() => {
    // Clerk finds out by itself when it cannot answer now.
    if (isSignedIn) signOut({ redirectUrl: '/goodbye' }).catch(() => {});
  }, [isSignedIn, signOut]);
  return null;
}
