import type { Metadata } from 'next';
import { Account } from '@/components/settings/account';
import { SettingsForm } from '@/components/settings/settings-form';
import styles from './page.module.css';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <main className={styles.settings}>
      <h1>Settings</h1>
      <SettingsForm />
      <Account />
    </main>
  );
}
