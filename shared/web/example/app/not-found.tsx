import Link from 'next/link';
import { Notice } from '@/components/notice';

export default function NotFound() {
  return (
    <Notice title="There is nothing here">
      <Link href="/">To the start</Link>
    </Notice>
  );
}
