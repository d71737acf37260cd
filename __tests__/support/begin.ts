import type { StartRequest } from '../../src/conversation/assignment.ts';
import type { ApiVersion } from '../../src/conversation/conversation.ts';
import { start } from '../../src/conversation/start.ts';
import { detect, type WantedVersion } from '../../src/openhands/detect.ts';
import { testClient } from './client.ts';
import { live, type Lived } from './live.ts';
import { jumpingTime } from './world.ts';

const never = new AbortController().signal;

/** How a start went, until the server accepted it. */
interface Begun extends Lived {
  /** The API version of the server. */
  readonly version: ApiVersion;
}

/** Starts a conversation over HTTP with the API that the server has, until the server has accepted the start or created the conversation. */
export async function begin(baseUrl: string, version: WantedVersion, request: StartRequest): Promise<Begun> {
  const { clock, fetch } = jumpingTime();
  const purpose = { isKeyed: false };
  const { api } = await detect(version, testClient(baseUrl, { clock, fetch }), purpose, never);
  const startedAt = clock.now();
  const lived = await live(
    async (session) => start({ request, isShared: false }, { ...session, startedAt }),
    api,
    {
      clock,
      until: ({ kind }) => kind === 'preparing' || kind === 'found',
    },
  );
  return { ...lived, version: api.version };
}
