import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Finds all addresses of a host name. Throws what the system says if there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The system's own resolver. */
export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Networks that are not the internet, by kind. Source: the registries of special-purpose addresses of IANA.
 * `none` is what no agent server has: a cloud's metadata services, which hand out its credentials, groups of hosts, and translators.
 */
const NETWORKS = {
  none: [
    ...['169.254.169.0/24', '169.254.170.0/24', '100.100.100.200/32', '192.0.0.0/24', '168.63.129.16/32'],
    ...['fd00:ec2::/32', 'fd20:ce::/32', '64:ff9b:1::/48', '224.0.0.0/3', 'ff00::/8'],
  ],
  // Connections to the unspecified address reach the machine itself.
  loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  'unique-local': ['fc00::/7', 'fec0::/10'],
  carrier: ['100.64.0.0/10'],
} as const;

const LISTS = Object.entries(NETWORKS).map(([kind, networks]) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (isIP(address) === 6) list.addSubnet(address, Number(prefix), 'ipv6');
    else {
      list.addSubnet(address, Number(prefix), 'ipv4');
      // The same behind a translator (RFC 6052). A list knows IPv4 that is mapped into IPv6 by itself.
      list.addSubnet(`64:ff9b::${address}`, 96 + Number(prefix), 'ipv6');
    }
  }
  return [kind, list] as const;
});

/** The kinds of networks that an address is in. */
function kindsOf(address: string): readonly string[] {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  const kinds = LISTS.filter(([, list]) => list.check(bare, family)).map(([kind]) => kind);
  return kinds.length === 0 ? ['public'] : kinds;
}

/**
 * Whether a host that a server names may be given a key: its addresses are of the internet, or of the same kind of network
 * as the server's own. Both are hosts as URLs have them.
 *
 * @throws what the lookup throws.
 */
export async function isReachableFrom(server: string, host: string, find: Lookup): Promise<boolean> {
  const addressesOf = async (name: string): Promise<readonly string[]> => {
    const literal = name.replace(/^\[|\]$/g, '');
    return isIP(literal) === 0 ? find(name) : [literal];
  };
  const kinds = (await addressesOf(host)).flatMap(kindsOf);
  if (kinds.every((kind) => kind === 'public')) return true;
  const own = (await addressesOf(server)).flatMap(kindsOf);
  return kinds.every((kind) => kind === 'public' || (kind !== 'none' && own.includes(kind)));
}
