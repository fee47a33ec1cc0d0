/** Sees every text that ever was on a page, however briefly. */

import type { Page } from 'puppeteer-core';

/** Tells what was seen. */
export interface Witness {
  /** Those of the texts that were seen. */
  readonly seen: ReadonlySet<string>;
}

let count = 0;

/** Looks for these texts in the page, from now on and in all documents that the tab loads later. */
export async function watchFor(page: Page, texts: readonly string[]): Promise<Witness> {
  const seen = new Set<string>();
  const report = `reportSeen${++count}`;
  await page.exposeFunction(report, (text: string) => seen.add(text));
  await page.evaluateOnNewDocument(observe, texts, report);
  await page.evaluate(observe, texts, report);
  return { seen };
}

/** Runs in the page. A frame is drawn only after the callback of the observer, so nothing is drawn unseen. */
function observe(texts: readonly string[], report: string): void {
  const tell = (window as unknown as Record<string, (text: string) => void>)[report];
  const look = (node: Node) => {
    // The data of a page that a server has rendered is in scripts.
    const isScript = (node instanceof Element ? node : node.parentElement)?.closest('script, template');
    if (isScript) return;
    for (const child of node.childNodes) look(child);
    if (node instanceof Element && node.childNodes.length) return;
    for (const text of texts) if (node.textContent?.includes(text)) tell?.(text);
  };
  look(document);
  new MutationObserver((mutations) => {
    for (const { target, addedNodes } of mutations) for (const node of [target, ...addedNodes]) look(node);
  }).observe(document, { childList: true, characterData: true, subtree: true });
}
