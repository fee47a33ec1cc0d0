import type { Metadata } from 'next';
import { Deleted } from '@/components/session/deleted';
import { EndClerkSession } from '@/components/session/end-clerk-session';

export const metadata: Metadata = { title: 'Account deleted' };

export default function GoodbyePage() {
  return (
    <>
      <Deleted />
      <EndClerkSession />
    </>
  );
}
