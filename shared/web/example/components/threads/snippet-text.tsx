import type { Snippet } from '@usher/client';

/** The text of a snippet, with what matched marked. */
export function SnippetText({ snippet: { text, ranges } }: { snippet: Snippet }) {
  return (
    <>
      {ranges.map(({ start, end }, index) => (
        <span key={start}>
          {text.slice(ranges[index - 1]?.end ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(ranges.at(-1)?.end ?? 0)}
    </>
  );
}
