'use client';

import { useLiveStatus } from '@usher/client/react';
import styles from './live-status.module.css';

/** Says whether changes from other tabs and devices are heard. */
export function LiveStatus() {
  const { state } = useLiveStatus();
  const isOpen = state === 'open';
  return (
    <span className={styles.status} data-state={state} role="status">
      <span className={styles.dot} aria-hidden="true" />
      {isOpen ? 'Live' : 'Connecting…'}
    </span>
  );
}
