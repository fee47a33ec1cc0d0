/** The streaming API in React. */

export { type ExportHandle, type ExportState, useExport } from './use-export.js';
