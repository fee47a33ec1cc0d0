'use client';

import { useCurrentUser, useUserCard } from '@usher/client/react';
import Link from 'next/link';
import { Card } from '../card';
import { DeleteAccount } from './delete-account';
import { ExportAccount } from './export-account';
import styles from './section.module.css';

/** How other users see the user, everything that is stored, and the end of the account. */
export function Account() {
  const { data: user } = useCurrentUser();
  return (
    <>
      {user && (
        <section className={styles.section} aria-labelledby="card">
          <h2 id="card">Your card</h2>
          <OwnCard userId={user.id} />
          <p>
            Other users see this at <Link href={`/users/${user.id}`}>its own page</Link>.
          </p>
        </section>
      )}
      <section className={styles.section} aria-labelledby="export">
        <h2 id="export">Your data</h2>
        <p>Everything that is stored for you, as a file with lines of JSON.</p>
        <ExportAccount />
      </section>
      <section className={styles.section} aria-labelledby="end">
        <h2 id="end">Delete the account</h2>
        <p>All threads, messages and settings are deleted at once, on all devices. This cannot be undone.</p>
        <DeleteAccount />
      </section>
    </>
  );
}

function OwnCard({ userId }: { userId: string }) {
  const { data: card } = useUserCard(userId);
  return card && <Card card={card} />;
}
