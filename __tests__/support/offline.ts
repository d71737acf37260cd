import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

/** Blocks the network for all tests of a file. Fails a test if an expected request is missing. */
export function stayOffline(): void {
  beforeEach(() => {
    nock.disableNetConnect();
  });

  afterEach(() => {
    expect(nock.pendingMocks()).toEqual([]);
    nock.cleanAll();
    nock.enableNetConnect();
  });

  // The test files that the same process runs later share Node's own modules.
  afterAll(() => {
    nock.restore();
  });
}

/** Runs code that sends a POST to a path, and returns the body that was sent. */
export async function sentBody(
  origin: string,
  path: string,
  answer: nock.Body,
  post: () => Promise<unknown>,
): Promise<unknown> {
  let sent: unknown;
  nock(origin)
    .post(path, (body) => {
      sent = body;
      return true;
    })
    .reply(200, answer);
  await post();
  return sent;
}
