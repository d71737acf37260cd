import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Resolves a host name to all its addresses. Throws the system's error if there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The metadata services of AWS, Azure, Google, Alibaba, Oracle, Scaleway and OpenStack, which give out credentials. And 6to4 and
 * Teredo, which are out of use and can contain any IPv4 address (RFC 7526, RFC 8386).
 */
export const METADATA: readonly string[] = [
  ...[
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
  ],
  ...[
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
    'fe80::a9fe:a9fe',
  ],
  ...['169.254.169.0/24', '169.254.170.0/24', 'fd00:ec2::/32', 'fd20:ce::/32', '2002::/16', '2001::/32'],
];

/**
 * Networks by scope. `public` contains some of the others: an address is public if it is in no other network. No key is ever
 * sent to `none`: metadata services, multicast, reserved. An IPv6 address outside all these networks counts as `none`, too: nobody has
 * one on the Internet, and one that contains an IPv4 address in an old format (RFC 4291, RFC 2765) may lead to that.
 * Source: IANA's registries of special-purpose addresses and of the IPv6 address space.
 */
const NETWORKS = {
  none: [...METADATA, '192.0.0.0/24', '224.0.0.0/3'],
  // A connection to the unspecified address reaches the machine itself.
  loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  'unique-local': ['fc00::/7', 'fec0::/10'],
  carrier: ['100.64.0.0/10'],
  public: ['0.0.0.0/0', '2000::/3'],
} as const;

/** The networks of each scope. Parsing them takes milliseconds, so it waits for the first address. */
let blockLists: readonly (readonly [scope: string, list: BlockList])[] | undefined;

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = isIP(network) === 6 ? 128 : 32] = network.split('/');
    if (isIP(address) === 6) list.addSubnet(address, Number(prefix), 'ipv6');
    else {
      list.addSubnet(address, Number(prefix), 'ipv4');
      // The same network behind NAT64 (RFC 6052). BlockList handles IPv4-mapped IPv6 addresses by itself.
      list.addSubnet(`64:ff9b::${address}`, 96 + Number(prefix), 'ipv6');
    }
  }
  return list;
}

/** Returns the scopes of all networks that contain an address; `none` if no network does. A private IPv4 address is also `public`. */
function scopesOf(address: string): readonly string[] {
  blockLists ??= Object.entries(NETWORKS).map(([scope, networks]) => [scope, blockListOf(networks)] as const);
  const withoutZone = address.replace(/%.*$/, '');
  const family = isIP(withoutZone) === 6 ? 'ipv6' : 'ipv4';
  const scopes = blockLists.filter(([, list]) => list.check(withoutZone, family)).map(([scope]) => scope);
  return scopes.length === 0 ? ['none'] : scopes;
}

/**
 * Returns whether a key may be sent to a host that a server named: all addresses of the host must be public, or in a network of
 * the same scope as an address of the server. Both hosts are as in a URL. Throws what the lookup throws.
 */
export async function isSafeHost(server: string, host: string, resolve: Lookup): Promise<boolean> {
  const addressesOf = async (name: string): Promise<readonly string[]> => {
    const literal = name.replace(/^\[|\]$/g, '');
    return isIP(literal) === 0 ? resolve(name) : [literal];
  };
  const hostScopes = (await addressesOf(host)).flatMap(scopesOf);
  if (hostScopes.every((scope) => scope === 'public')) return true;
  const serverScopes = (await addressesOf(server)).flatMap(scopesOf);
  return hostScopes.every(
    (scope) => scope === 'public' || (scope !== 'none' && serverScopes.includes(scope)),
  );
}

/** Names of this machine. Requests to them must bypass proxies: a proxy would connect to its own machine. */
export const NO_PROXY_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/** Whether a host, as in a URL, certainly is this machine. Subdomains of `localhost` may resolve to any address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Like {@link isLoopback}, for a URL. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(URL.parse(url)?.hostname ?? '');
}
