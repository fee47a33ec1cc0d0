'use client';

import { useId, useRef } from 'react';
import styles from './confirm-button.module.css';
import { Failure } from './failure';

interface ConfirmButtonProps {
  /** The text of the button. */
  label: string;
  question: string;
  /** The text of the button that does it. */
  confirmLabel: string;
  /** What is said if it failed. */
  failure: string;
  error: Error | null;
  isPending: boolean;
  onConfirm: () => void;
}

/** A button that asks before something is lost. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button className="button danger" type="button" onClick={() => dialog.current?.showModal()}>
        {props.label}
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby={id}>
        <p id={id}>{props.question}</p>
        <Failure what={props.failure} error={props.error} />
        <div className={styles.buttons}>
          <button className="button" type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button className="button danger" type="button" disabled={props.isPending} onClick={props.onConfirm}>
            {props.confirmLabel}
          </button>
        </div>
      </dialog>
    </>
  );
}
