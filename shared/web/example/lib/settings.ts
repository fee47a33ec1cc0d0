/** The settings of this app. Usher stores any JSON object, so each value is checked. */

import type { Settings } from '@usher/client';

export const THEMES = ['system', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** Returns the theme. The default is that of the system. */
export function themeOf(settings: Settings | undefined): Theme {
  return THEMES.find((theme) => theme === settings?.theme) ?? 'system';
}

/** Returns whether the Enter key sends a message. Otherwise, it begins a new line. */
export function enterSends(settings: Settings | undefined): boolean {
  return settings?.enter_sends !== false;
}
