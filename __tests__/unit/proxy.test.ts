import { describe, expect, test } from '@jest/globals';

import { type ProxySetter, useProxy } from '../../src/github/proxy.ts';

function recordingHttp(): ProxySetter & { readonly set: NodeJS.ProcessEnv[] } {
  const set: NodeJS.ProcessEnv[] = [];
  return { set, setGlobalProxyFromEnv: (env) => set.push(env) };
}

describe('the proxy of the environment', () => {
  test('without one nothing is set', () => {
    const http = recordingHttp();
    expect(useProxy({ HTTPS_PROXY: '', NO_PROXY: 'x' }, http)).toBe('none');
    expect(http.set).toEqual([]);
  });

  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])('%s is used', (name) => {
    const http = recordingHttp();
    expect(useProxy({ [name]: 'http://proxy:3128' }, http)).toBe('used');
    expect(http.set).toEqual([expect.objectContaining({ [name]: 'http://proxy:3128' })]);
  });

  test.each([
    [{ NO_PROXY: 'a.test, b.test' }, 'a.test, b.test,127.0.0.1,localhost,::1'],
    [{ no_proxy: 'a.test' }, 'a.test,127.0.0.1,localhost,::1'],
    [{}, '127.0.0.1,localhost,::1'],
  ])('with %j the machine itself is never asked through it', (env, expected) => {
    const http = recordingHttp();
    useProxy({ HTTPS_PROXY: 'http://proxy:3128', ...env }, http);
    expect(http.set[0]).toMatchObject({ NO_PROXY: expected, no_proxy: expected });
  });

  test('a Node that cannot use one is told of', () => {
    expect(useProxy({ HTTPS_PROXY: 'http://proxy:3128' }, {})).toBe('not-supported');
  });
});
