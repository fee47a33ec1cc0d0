'use client';

import { useClerk } from '@clerk/nextjs';

/** A button that leads to the sign-in page, also while Clerk does not know yet that the session has ended. */
export function SignInAgain() {
  const { signOut } = useClerk();
  return (
    <button className="button" type="button" onClick={() => signOut({ redirectUrl: '/sign-in' })}>
      Sign in
    </button>
  );
}
