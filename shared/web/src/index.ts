/** The client of Usher's API. See the README of this package. */

export type * from './contract.js';
export { createUsher } from './create-usher.js';
export { UsherError } from './error.js';
export type * from './options.js';
export type { Usher, VersionedSettings } from './usher.js';
