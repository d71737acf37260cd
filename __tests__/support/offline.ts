import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

/** No request of a test leaves for the network, and each that was ordered must have come. */
export function stayOffline(): void {
  beforeEach(() => {
    nock.disableNetConnect();
  });

  afterEach(() => {
    expect(nock.pendingMocks()).toEqual([]);
    nock.cleanAll();
    nock.enableNetConnect();
  });

  // Node's own modules are shared with the test files that the same process runs later.
  afterAll(() => {
    nock.restore();
  });
}

/** Does something that posts to a path, and gives back the body that was sent. */
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
