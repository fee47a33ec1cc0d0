import { auth } from '@clerk/nextjs/server';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import styles from './page.module.css';

export default async function HomePage() {
  const { userId } = await auth();
  if (userId) redirect('/threads');
  return (
    <main className={styles.home}>
      <h1>Usher chat</h1>
      <p>
        Threads and messages that follow you to every tab and device. Signed in with Clerk, stored by Usher, updated
        live.
      </p>
      <div className={styles.ways}>
        <Link className="button primary" href="/sign-up">
          Create an account
        </Link>
        <Link className="button" href="/sign-in">
          Sign in
        </Link>
      </div>
    </main>
  );
}
