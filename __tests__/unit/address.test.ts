import { describe, expect, test } from '@jest/globals';

import { isReachableFrom, type Lookup, systemLookup } from '../../src/openhands/address.ts';
import { rejection } from '../support/client.ts';

/** A resolver that knows these names alone. */
function resolver(names: Readonly<Record<string, readonly string[]>>): Lookup {
  return async (host) => {
    const addresses = names[host];
    if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return Promise.resolve(addresses);
  };
}

const isAllowed = async (server: string, host: string): Promise<boolean> =>
  isReachableFrom(server, host, resolver({}));

/** Some addresses of each kind, as they stand in a URL. */
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
const PUBLIC = ['203.0.113.7', '[2001:db8::7]', '172.32.0.1', '100.128.0.1', '[64:ff9b::cb00:7107]'];
const METADATA = [
  ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['[fd00:ec2::254]', '[fd20:ce::254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]'],
];

const EACH = Object.entries(KINDS).flatMap(([kind, hosts]) => hosts.map((host) => [kind, host] as const));

describe('a host may be given a key', () => {
  test.each(PUBLIC)('if its address is of the internet: %s', async (host) => {
    for (const server of [...PUBLIC, ...EACH.map(([, each]) => each)]) {
      expect(await isAllowed(server, host)).toBe(true);
    }
  });

  test.each(EACH)('if its address is %s only from a server of the same kind: %s', async (kind, host) => {
    for (const [other, server] of EACH) expect(await isAllowed(server, host)).toBe(other === kind);
    for (const server of PUBLIC) expect(await isAllowed(server, host)).toBe(false);
  });

  test.each([...METADATA, '224.0.0.1', '255.255.255.255', '[ff02::1]'])(
    'never if its address is that of a metadata service or a group: %s',
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
    // Which of them would be taken is not known.
    ['agent.test', ['203.0.113.7', '127.0.0.1'], false],
  ])('by what its name stands for: %s, %j', async (host, addresses, expected) => {
    expect(
      await isReachableFrom(
        'openhands.test',
        host,
        resolver({ [host]: addresses, 'openhands.test': ['203.0.113.1'] }),
      ),
    ).toBe(expected);
  });

  test('if the name of the server stands for an address of the same kind', async () => {
    const names = resolver({
      'openhands.internal': ['10.0.0.1'],
      'agent.internal': ['192.168.0.2', '203.0.113.7'],
    });
    expect(await isReachableFrom('openhands.internal', 'agent.internal', names)).toBe(true);
  });

  test('not if its name cannot be looked up', async () => {
    expect(await rejection(isAllowed('203.0.113.1', 'agent.test'))).toMatchObject({
      message: 'getaddrinfo ENOTFOUND agent.test',
    });
  });
});

test('the system finds the addresses of the machine itself', async () => {
  expect(await isReachableFrom('127.0.0.1', 'localhost', systemLookup)).toBe(true);
});
