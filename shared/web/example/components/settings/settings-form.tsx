'use client';

import { useSettings, useUpdateSettings } from '@usher/client/react';
import { enterSends, THEMES, themeOf } from '@/lib/settings';
import { Failure } from '../failure';
import styles from './section.module.css';

/** The settings. Each change is stored at once and shown on all devices. */
export function SettingsForm() {
  const { data: settings, error } = useSettings();
  const updateSettings = useUpdateSettings();
  const theme = themeOf(settings?.values);
  return (
    <form className={styles.section}>
      <Failure what="The settings could not be read." error={error} />
      <fieldset disabled={!settings}>
        <legend>Appearance</legend>
        {THEMES.map((name) => (
          <label key={name} className={styles.choice}>
            <input
              type="radio"
              name="theme"
              value={name}
              checked={name === theme}
              onChange={() => updateSettings.mutate({ theme: name })}
            />
            {{ system: 'As the system', light: 'Light', dark: 'Dark' }[name]}
          </label>
        ))}
      </fieldset>
      <fieldset disabled={!settings}>
        <legend>Messages</legend>
        <label className={styles.choice}>
          <input
            type="checkbox"
            checked={enterSends(settings?.values)}
            onChange={(event) => updateSettings.mutate({ enter_sends: event.target.checked })}
          />
          The Enter key sends a message
        </label>
      </fieldset>
      <Failure what="The setting was not stored." error={updateSettings.error} />
    </form>
  );
}
