import type { ReactNode } from 'react';
import styles from './notice.module.css';

/** A page that says one thing. Screen readers announce it. */
export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <main className={styles.notice}>
      <div role="status">
        <h1>{title}</h1>
      </div>
      {children && <div className={styles.more}>{children}</div>}
    </main>
  );
}
