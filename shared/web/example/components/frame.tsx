'use client';

import { UserButton } from '@clerk/nextjs';
import { useCurrentUser, useSettings } from '@usher/client/react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { nameOf } from '@/lib/names';
import { themeOf } from '@/lib/settings';
import { AfterHydration } from './after-hydration';
import styles from './frame.module.css';
import { LiveStatus } from './live-status';

/** The head of every page of a signed-in user, and the page below it. */
export function Frame({ children }: { children: ReactNode }) {
  const { data: user } = useCurrentUser();
  const theme = themeOf(useSettings().data?.values);
  return (
    <div className={styles.frame}>
      {theme !== 'system' && <style>{`html:root { color-scheme: ${theme}; }`}</style>}
      <header className={styles.header}>
        <Link className={styles.home} href="/threads">
          Usher chat
        </Link>
        <LiveStatus />
        <nav className={styles.nav} aria-label="Main">
          <Link href="/settings">Settings</Link>
        </nav>
        <span className={styles.user} data-testid="user-name">
          {user && nameOf(user)}
        </span>
        <span className={styles.button}>
          <AfterHydration>
            <UserButton />
          </AfterHydration>
        </span>
      </header>
      {children}
    </div>
  );
}
