import { SignIn } from '@clerk/nextjs';
import type { Metadata } from 'next';
import { AfterHydration } from '@/components/after-hydration';
import styles from '../../centred.module.css';

export const metadata: Metadata = { title: 'Sign in' };

export default function SignInPage() {
  return (
    <main className={styles.centred}>
      <AfterHydration>
        <SignIn />
      </AfterHydration>
    </main>
  );
}
