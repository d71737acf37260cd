import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import nock from 'nock';

export { nock };
export type Body = nock.Body;

/** The requests of a test that it does not expect. To the code under test, they look like a network failure. */
const unexpected: string[] = [];
nock.emitter.on('no match', ({ method, url }: Request) => {
  unexpected.push(`${method} ${url}`);
});

// Blocks the network for all tests of a file. A test fails if an expected request is missing, or if there is another one.
beforeEach(() => {
  nock.disableNetConnect();
});

afterEach(() => {
  const missing = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect([missing, unexpected.splice(0)]).toEqual([[], []]);
});

// The test files that the same process runs later share Node's own modules.
afterAll(() => {
  nock.restore();
});

/** Returns the requests so far that the test does not expect. */
export function unexpectedRequests(): readonly string[] {
  return [...unexpected];
}

/** Runs code that sends a POST to a path, and returns the body that was sent. */
export async function sentBody(
  origin: string,
  path: string,
  answer: Body,
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
