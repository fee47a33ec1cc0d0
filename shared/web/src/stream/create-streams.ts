/** Creates a client of the streaming API. */

import { exportAccount } from './export.js';
import { createOpen } from './open.js';
import { createReplies } from './replies.js';
import type { StreamsOptions, UsherStreams } from './streams.js';

/**
 * Creates a client of the streaming API. It remembers nothing, so it may be created for each call.
 *
 * @throws TypeError if the URL is none that paths can be added to.
 */
export function createStreams(options: StreamsOptions): UsherStreams {
  const open = createOpen(options);
  return {
    replies: createReplies(open),
    user: {
      export: (write, exportOptions) => exportAccount(open, write, exportOptions),
    },
  };
}
