/** Keeps those who are not signed in away from the pages that need a user. */

import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server';

const needsUser = createRouteMatcher(['/threads(.*)', '/settings(.*)', '/users(.*)']);

export default clerkMiddleware(
  async (auth, request) => {
    if (needsUser(request)) await auth.protect();
  },
  { signInUrl: '/sign-in', signUpUrl: '/sign-up' },
);

export const config = {
  // Everything but the files of Next.js and of this app.
  matcher: ['/((?!_next|.*\\..*).*)'],
};
