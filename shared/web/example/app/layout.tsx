import { ClerkProvider } from '@clerk/nextjs';
import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { Queries } from '@/components/session/queries';
import { appearance } from '@/lib/appearance';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Usher chat', template: '%s · Usher chat' },
  description: 'A small chat with Next.js, Clerk and Usher',
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <ClerkProvider
          dynamic
          appearance={appearance}
          signInUrl="/sign-in"
          signUpUrl="/sign-up"
          signInFallbackRedirectUrl="/threads"
          signUpFallbackRedirectUrl="/threads"
          afterSignOutUrl="/"
        >
          <Queries>{children}</Queries>
        </ClerkProvider>
      </body>
    </html>
  );
}
