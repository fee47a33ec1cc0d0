import { SignUp } from '@clerk/nextjs';
import type { Metadata } from 'next';
import { AfterHydration } from '@/components/after-hydration';
import styles from '../../centred.module.css';

export const metadata: Metadata = { title: 'Sign up' };

export default function SignUpPage() {
  return (
    <main className={styles.centred}>
      <AfterHydration>
        <SignUp />
      </AfterHydration>
    </main>
  );
}
