/** The streaming API. It is a part of its own, because most pages never need it. */

export { createStreams } from './create-streams.js';
export {
  type ExportCounts,
  type ExportOptions,
  type ExportProgress,
  IncompleteExportError,
  type IncompleteReason,
} from './export.js';
export type { ReplyEvent, ReplyOptions, ReplyRequest, ResumeOptions } from './replies.js';
export type { StreamsOptions, UsherStreams } from './streams.js';
