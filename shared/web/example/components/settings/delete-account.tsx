'use client';

import { useReverification } from '@clerk/nextjs';
import { UsherError } from '@usher/client';
import { useDeleteCurrentUser } from '@usher/client/react';
import { useState } from 'react';
import { ConfirmButton } from '../confirm-button';

/** A button that deletes the account, after a question. Clerk asks for the password again if Usher wants that. */
export function DeleteAccount() {
  const { mutateAsync } = useDeleteCurrentUser();
  const [state, setState] = useState<{ isPending: boolean; error: Error | null }>({ isPending: false, error: null });
  const deleteAccount = useReverification(() =>
    mutateAsync().catch((error: unknown) => {
      if (error instanceof UsherError && error.code === 'reverification-required') return error.problem;
      throw error;
    }),
  );
  return (
    <ConfirmButton
      label="Delete account"
      question="Delete your account and everything in it?"
      confirmLabel="Delete everything"
      failure="The account was not deleted."
      error={state.error}
      isPending={state.isPending}
      onConfirm={() => {
        setState({ isPending: true, error: null });
        deleteAccount().then(
          () => setState({ isPending: false, error: null }),
          (error: Error) => setState({ isPending: false, error }),
        );
      }}
    />
  );
}
