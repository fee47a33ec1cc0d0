import type { UserCard } from '@usher/client';
import styles from './card.module.css';

/** What every user may know of another one. Its picture is at Clerk's host, and this app asks no other host. */
export function Card({ card }: { card: UserCard }) {
  const name = card.name ?? card.username ?? 'A user without a name';
  return (
    <div className={styles.card}>
      <span className={styles.image} aria-hidden="true">
        {name.slice(0, 1)}
      </span>
      <div>
        <p className={styles.name}>{name}</p>
        <p className={styles.id}>{card.id}</p>
      </div>
    </div>
  );
}
