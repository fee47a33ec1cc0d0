/** Checks a page with axe. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'puppeteer-core';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Returns what is wrong with a page, in one line each. Clerk's own components are not checked. */
export async function listViolations(page: Page): Promise<string[]> {
  await page.bringToFront();
  await page.evaluate(await readFile(SOURCE, 'utf8'));
  const results = (await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run(context: object): Promise<unknown> } };
    return axe.run({ exclude: [['.cl-rootBox'], ['.cl-userButton-root']] });
  })) as AxeResults;
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${page.url()}: ${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
  );
}
