import { describe, expect, test } from '@jest/globals';

import { type ProxySetter, type ProxyUse, useProxy } from '../../src/http/proxy.ts';

function recordingHttp(): ProxySetter & { readonly set: NodeJS.ProcessEnv[] } {
  const set: NodeJS.ProcessEnv[] = [];
  return { set, setGlobalProxyFromEnv: (env) => set.push(env) };
}

function use(env: NodeJS.ProcessEnv, http: ProxySetter, secrets: string[] = []): ProxyUse {
  return useProxy(env, { onSecret: (value) => secrets.push(value), direct: ['127.0.0.2'], http });
}

describe('the proxy of the environment', () => {
  test('is not set if there is none', () => {
    const http = recordingHttp();
    expect(use({ HTTPS_PROXY: '', NO_PROXY: 'x' }, http)).toEqual({ kind: 'none' });
    expect(http.set).toEqual([]);
  });

  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])('is taken from %s', (name) => {
    const http = recordingHttp();
    expect(use({ [name]: 'http://proxy:3128' }, http)).toEqual({ kind: 'used' });
    expect(http.set).toEqual([expect.objectContaining({ [name]: 'http://proxy:3128/' })]);
  });

  test('may have no scheme, as with curl', () => {
    const http = recordingHttp();
    expect(use({ HTTPS_PROXY: 'proxy.corp:3128' }, http)).toEqual({ kind: 'used' });
    expect(http.set).toEqual([expect.objectContaining({ HTTPS_PROXY: 'http://proxy.corp:3128/' })]);
  });

  test.each([
    'http://user:hunter2@proxy corp:3128',
    'socks5://proxy:1080',
    'http://',
    'http://user:100%sure@proxy:3128',
    'http://100%sure:hunter2@proxy:3128',
    'http://proxy:3128/path',
    'http://proxy:3128/?#',
  ])('is invalid: %s', (value) => {
    const http = recordingHttp();
    expect(use({ HTTPS_PROXY: value }, http)).toEqual({ kind: 'invalid', variable: 'HTTPS_PROXY' });
    expect(http.set).toEqual([]);
  });

  test('has a password that is kept secret', () => {
    const secrets: string[] = [];
    use({ HTTPS_PROXY: 'http://user:hunter%402@proxy:3128' }, recordingHttp(), secrets);
    expect(secrets).toEqual(['hunter%402', 'hunter@2']);
  });

  test.each([
    [{ NO_PROXY: 'a.test, b.test' }, 'a.test, b.test,127.0.0.1,localhost,::1,[::1],127.0.0.2'],
    [{ no_proxy: 'a.test' }, 'a.test,127.0.0.1,localhost,::1,[::1],127.0.0.2'],
    [{}, '127.0.0.1,localhost,::1,[::1],127.0.0.2'],
  ])('with %j is never used for the machine itself', (env, expected) => {
    const http = recordingHttp();
    use({ HTTPS_PROXY: 'http://proxy:3128', ...env }, http);
    expect(http.set[0]).toMatchObject({ NO_PROXY: expected, no_proxy: expected });
  });

  test('is reported as unsupported by a Node that cannot use one', () => {
    expect(use({ HTTPS_PROXY: 'http://proxy:3128' }, {})).toEqual({ kind: 'not-supported' });
  });
});
