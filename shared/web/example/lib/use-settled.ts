import { useEffect, useState } from 'react';

/** Returns a value that has not changed for this time in milliseconds, and until then the one before. */
export function useSettled<T>(value: T, time: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), time);
    return () => clearTimeout(timer);
  }, [value, time]);
  return settled;
}
