/** The client of Usher's API. See the README of this package. */

export type * from './contract.js';
export { createUsher } from './create-usher.js';
export { UsherError } from './error.js';
export type { ChangeKey, CloseReason, LiveKey } from './live/messages.js';
export type * from './live/options.js';
export type * from './options.js';
export type { Usher, VersionedSettings } from './usher.js';
