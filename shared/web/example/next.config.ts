import type { NextConfig } from 'next';

const config: NextConfig = {
  // Otherwise Next.js looks for the root of a workspace above this folder.
  turbopack: { root: import.meta.dirname },
};

export default config;
