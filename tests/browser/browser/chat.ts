/** What a user does in the example. */

import type { Page } from 'puppeteer-core';
import { inject } from 'vitest';
import { click, fill, fillInto, untilGone, untilShown, untilTrue } from './dom.js';

/** A user who is going to sign up, or has an account. */
export interface Person {
  firstName: string;
  lastName: string;
  email: string;
  password: string;
}

let count = 0;

/** Returns a person whom nobody knows yet. The address is one of those to which Clerk sends its test code. */
export function newPerson(firstName: string, lastName: string): Person {
  const email = `${firstName.toLowerCase()}-${process.pid}-${++count}+clerk_test@example.com`;
  return { firstName, lastName, email, password: 'difference engine no. 2' };
}

/** Opens a page of the example. */
export async function open(page: Page, path: string): Promise<void> {
  await page.bringToFront();
  await page.goto(new URL(path, inject('exampleUrl')).href);
}

/** Opens a page for signed-in users. It can be used when this returns: a click on a page without its scripts is lost. */
export async function openLive(page: Page, path: string): Promise<void> {
  await open(page, path);
  await untilLive(page);
}

/** Signs up in Clerk's form. */
export async function signUp(page: Page, person: Person): Promise<void> {
  await open(page, '/sign-up');
  await fillInto(page, 'input[name=firstName]', person.firstName);
  await fillInto(page, 'input[name=lastName]', person.lastName);
  await fillInto(page, 'input[name=emailAddress]', person.email);
  await fillInto(page, 'input[name=password]', person.password);
  await click(page, 'button', 'Continue');
  await enterCode(page);
}

/** Signs in in Clerk's form. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await open(page, '/sign-in');
  await enterSignIn(page, person);
}

/** Fills Clerk's form for the sign-in that is shown. */
export async function enterSignIn(page: Page, person: Person): Promise<void> {
  await fillInto(page, 'input[name=identifier]', person.email);
  await click(page, 'button', 'Continue');
  await fillInto(page, 'input[name=password]', person.password);
  await click(page, 'button', 'Continue');
}

/** Writes the code that Clerk sends to its test addresses. The form is sent with the last digit. */
async function enterCode(page: Page): Promise<void> {
  const field = await page.waitForSelector('input[autocomplete=one-time-code]', { timeout: 40_000 });
  await field?.type('424242');
}

/** Waits until the page shows a signed-in user, and changes are heard. */
export async function untilLive(page: Page): Promise<void> {
  await untilShown(page, 'Live\n');
}

/** Signs out with Clerk's button. */
export async function signOut(page: Page): Promise<void> {
  await click(page, 'button', 'Open user menu');
  await page.locator('::-p-text(Sign out)').setTimeout(40_000).click();
  await untilShown(page, 'Create an account');
}

/** Creates a thread, and waits until its page is open. */
export async function createThread(page: Page, title: string): Promise<void> {
  await untilLive(page);
  await fill(page, 'New thread', title);
  await click(page, 'button', 'Create');
  await untilTrue(page, (title) => document.querySelector('h1')?.textContent === title, title);
}

/** Opens the thread with this title. */
export async function openThread(page: Page, title: string): Promise<void> {
  await page.bringToFront();
  await page
    .locator('nav[aria-label=Threads] a')
    .filter((link: Element) => !!link.textContent)
    .wait();
  const link = await page.waitForSelector(`::-p-xpath(//nav//a[contains(., "${title}")])`, { timeout: 40_000 });
  await link?.click();
  await page.waitForSelector('textarea', { timeout: 40_000 });
}

/** Sends a message in the thread that is open. It is stored when this returns. */
export async function send(page: Page, content: string): Promise<void> {
  await fill(page, 'Message', content);
  await click(page, 'button', 'Send');
  await untilShown(page, content);
  await untilGone(page, 'Sending…');
}

/** Asks the model in the thread that is open. Its reply has begun when this returns. */
export async function ask(page: Page, content: string): Promise<void> {
  await fill(page, 'Message', content);
  await click(page, 'button', 'Ask');
  await untilShown(page, 'Writing…');
}

/** Renames the thread that is open. */
export async function rename(page: Page, title: string): Promise<void> {
  await click(page, 'button', 'Rename');
  await fill(page, 'Title', title);
  await click(page, 'button', 'Save');
}

/** Deletes the thread that is open. */
export async function deleteThread(page: Page): Promise<void> {
  await click(page, 'button', 'Delete');
  await click(page, 'button', 'Delete thread');
  await untilGone(page, 'Delete thread');
}
