import { describe, expect, test } from '@jest/globals';

import { withShortTexts } from '../../src/openhands/short-texts.ts';
import { stagedApi } from '../support/api.ts';

describe('a session key within a reason', () => {
  const key = 'pU7-x_9~Zq.4+/w=';
  const reasonIn = async (reason: string): Promise<unknown> =>
    withShortTexts({
      ...stagedApi(),
      start: async () => Promise.resolve({ kind: 'failed', reason }),
    }).start({ id: 'chosen', message: 'Check the README' }, new AbortController().signal);
  const url = `https://w.example/api?a=1&session_api_key=${encodeURIComponent(key)}&b=2`;

  test.each([
    url,
    encodeURIComponent(url),
    `X-Session-API-Key: ${key}`,
    `x-session-api-key:${key}`,
    JSON.stringify({ session_api_key: key }),
    JSON.stringify(JSON.stringify({ session_api_key: key }, null, 2)),
    `{'session_api_key': '${key}'}`,
    `SESSION_API_KEY = ${key}`,
    `session_api\u200b_key=\u200b${key}`,
  ])('is redacted: %s', async (reason) => {
    const shown = JSON.stringify(await reasonIn(`failed: ${reason} is wrong`));
    expect(shown).toContain('***');
    expect(shown).not.toMatch(/pU7|9~Zq/);
    expect(shown).toContain('is wrong');
  });

  test.each(['session_api_key: Field required', 'the session_api_key was refused', 'session_api_key='])(
    'is not assumed if there is none: %s',
    async (reason) => {
      expect(await reasonIn(reason)).toEqual({ kind: 'failed', reason });
    },
  );
});
