/** Gives Clerk's components the fields and the colours of this app, which follow light and dark. */

export const appearance = {
  // The names, which nobody must give.
  options: { showOptionalFields: true },
  variables: {
    colorBackground: 'var(--surface)',
    colorDanger: 'var(--danger)',
    colorForeground: 'var(--text)',
    colorInput: 'var(--field)',
    colorInputForeground: 'var(--text)',
    colorMutedForeground: 'var(--text-muted)',
    colorNeutral: 'var(--text)',
    colorPrimary: 'var(--accent)',
    colorPrimaryForeground: 'var(--on-accent)',
    fontFamily: 'inherit',
  },
};
