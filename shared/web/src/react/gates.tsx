'use client';
/** Components that show their children in one state of the user. None of them shows a user who is deleted or banned. */

import type { ReactNode } from 'react';
import { useUsherAuth } from './context.js';

/** The properties of the gates. */
export interface GateProps {
  children?: ReactNode;
}

/** Shows its children if the user is signed in, which means that the API has said so. */
export function Authenticated({ children }: GateProps): ReactNode {
  return useUsherAuth().status === 'signedIn' && children;
}

/** Shows its children if nobody is signed in. */
export function Unauthenticated({ children }: GateProps): ReactNode {
  return useUsherAuth().status === 'signedOut' && children;
}

/** Shows its children while Clerk is loading, and until the API has answered and knows the user. */
export function AuthLoading({ children }: GateProps): ReactNode {
  return /loading|notSynced/.test(useUsherAuth().status) && children;
}
