import { useAuth } from '@clerk/nextjs';
import { createStreams, type UsherStreams } from '@usher/client/stream';
import { useMemo } from 'react';
import { streamUrl, url } from './usher';

/** Returns the client of the streaming API for the user who is signed in: the same one in each render. */
export function useStreams(): UsherStreams {
  const { getToken } = useAuth();
  return useMemo(() => createStreams({ url, streamUrl, getToken }), [getToken]);
}
