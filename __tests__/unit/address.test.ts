import { describe, expect, test } from '@jest/globals';

import { isSafeHost, type Lookup, systemLookup } from '../../src/http/address.ts';
import { rejection } from '../support/client.ts';

/** Resolves only the given names. */
function resolver(names: Readonly<Record<string, readonly string[]>>): Lookup {
  return async (host) => {
    const addresses = names[host];
    if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return Promise.resolve(addresses);
  };
}

const isAllowed = async (server: string, host: string): Promise<boolean> =>
  isSafeHost(server, host, resolver({}));

/** Addresses of each kind, as they appear in a URL. */
const KINDS = {
  loopback: ['127.0.0.1', '127.9.9.9', '0.0.0.0', '[::1]', '[::]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]'],
  private: [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '[::ffff:a00:1]',
    '[64:ff9b::c0a8:101]',
  ],
  'link-local': ['169.254.1.1', '[fe80::1]', '[::ffff:a9fe:101]'],
  'unique-local': ['[fc00::1]', '[fd12:3456::1]'],
  carrier: ['100.64.0.1', '100.127.255.255'],
} as const;
const PUBLIC = [
  ...['203.0.113.7', '[2001:db8::7]', '[3fff::1]', '172.32.0.1', '100.128.0.1'],
  ...['[64:ff9b::cb00:7107]', '[::ffff:cb00:7107]'],
];
const METADATA = [
  ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['[fd00:ec2::254]', '[fd20:ce::254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]', '[fe80::a9fe:a9fe]'],
  // Oracle, Scaleway, and 169.254.169.254 as 6to4, as the server and as the client of Teredo.
  ...['[fd00:c1::a9fe:a9fe]', '[fd00:42::42]', '[2002:a9fe:a9fe::1]', '[2001:0:a9fe:a9fe::1]'],
  '[2001:0:4136:e378:8000:63bf:5601:5601]',
  // The same as an IPv4-compatible and as an IPv4-translated address.
  ...['[::a9fe:a9fe]', '[::ffff:0:a9fe:a9fe]'],
];
/** Addresses that nobody has on the Internet, and that some network may translate to any other. */
const NOT_GLOBAL = [
  '[::7f00:1]',
  '[::ffff:0:a00:1]',
  '[64:ff9b:1::a00:1]',
  '[100::1]',
  '[5f00::1]',
  '[4000::1]',
];

const EACH = Object.entries(KINDS).flatMap(([kind, hosts]) => hosts.map((host) => [kind, host] as const));

describe('sending a key to a host', () => {
  test.each(PUBLIC)('is allowed if the host has a public address: %s', async (host) => {
    for (const server of [...PUBLIC, ...EACH.map(([, each]) => each)]) {
      expect(await isAllowed(server, host)).toBe(true);
    }
  });

  test.each(EACH)(
    'is allowed for a %s address only if the server has an address of the same kind: %s',
    async (kind, host) => {
      for (const [other, server] of EACH) expect(await isAllowed(server, host)).toBe(other === kind);
      for (const server of PUBLIC) expect(await isAllowed(server, host)).toBe(false);
    },
  );

  test.each([...METADATA, ...NOT_GLOBAL, '224.0.0.1', '255.255.255.255', '[ff02::1]'])(
    'is never allowed for metadata services, groups, and what is not on the Internet: %s',
    async (host) => {
      for (const server of [host, ...PUBLIC, ...EACH.map(([, each]) => each)]) {
        expect(await isAllowed(server, host)).toBe(false);
      }
    },
  );

  test.each([
    ['agent.test', ['203.0.113.7'], true],
    ['agent.test', ['203.0.113.7', '2001:db8::7'], true],
    ['agent.test', ['10.0.0.1'], false],
    ['agent.test', ['fe80::1%eth0'], false],
    // It is not known which of the two addresses the connection would use.
    ['agent.test', ['203.0.113.7', '127.0.0.1'], false],
  ])('depends on the addresses that the host name resolves to: %s, %j', async (host, addresses, expected) => {
    expect(
      await isSafeHost(
        'openhands.test',
        host,
        resolver({ [host]: addresses, 'openhands.test': ['203.0.113.1'] }),
      ),
    ).toBe(expected);
  });

  test('is allowed if the name of the server resolves to an address of the same kind', async () => {
    const names = resolver({
      'openhands.internal': ['10.0.0.1'],
      'agent.internal': ['192.168.0.2', '203.0.113.7'],
    });
    expect(await isSafeHost('openhands.internal', 'agent.internal', names)).toBe(true);
  });

  test('fails if the host name cannot be resolved', async () => {
    expect(await rejection(isAllowed('203.0.113.1', 'agent.test'))).toMatchObject({
      message: 'getaddrinfo ENOTFOUND agent.test',
    });
  });
});

test("the system's resolver finds the addresses of the machine itself", async () => {
  expect(await isSafeHost('127.0.0.1', 'localhost', systemLookup)).toBe(true);
});
