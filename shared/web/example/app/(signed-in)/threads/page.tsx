import type { Metadata } from 'next';
import styles from './page.module.css';

export const metadata: Metadata = { title: 'Threads' };

export default function ThreadsPage() {
  return (
    <section className={styles.empty}>
      <h1>No thread is open</h1>
      <p>Choose a thread, or start a new one.</p>
    </section>
  );
}
