'use client';

import { useDeleteThread } from '@usher/client/react';
import { useRouter } from 'next/navigation';
import { ConfirmButton } from '../confirm-button';

/** A button that deletes a thread, after a question. */
export function DeleteThread({ threadId, title }: { threadId: string; title: string }) {
  const router = useRouter();
  const deleteThread = useDeleteThread();
  return (
    <ConfirmButton
      label="Delete"
      question={`Delete “${title}” and all its messages?`}
      confirmLabel="Delete thread"
      failure="The thread was not deleted."
      error={deleteThread.error}
      isPending={deleteThread.isPending}
      onConfirm={() => deleteThread.mutate(threadId, { onSuccess: () => router.push('/threads') })}
    />
  );
}
