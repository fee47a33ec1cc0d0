import { auth } from '@clerk/nextjs/server';
import { UsherError } from '@usher/client';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Card } from '@/components/card';
import { serverUsher } from '@/lib/usher';
import styles from './page.module.css';

export const metadata: Metadata = { title: 'Card' };

/** Reads on the server alone: the card of another user is not told when it changes, so it needs no hook. */
export default async function UserPage({ params }: PageProps<'/users/[userId]'>) {
  const { userId } = await params;
  const { getToken } = await auth();
  const card = await serverUsher
    .withToken(getToken)
    .users.get(userId)
    .catch((error: unknown) => {
      if (error instanceof UsherError && error.status === 404) notFound();
      throw error;
    });
  return (
    <main className={styles.user}>
      <h1>Card</h1>
      <Card card={card} />
    </main>
  );
}
