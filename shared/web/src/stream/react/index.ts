/** The streaming API in React. */

export { type ExportHandle, type ExportState, useExport } from './use-export.js';
export { type BegunReply, type ReplyHandle, useReply } from './use-reply.js';
