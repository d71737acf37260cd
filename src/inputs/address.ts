import { isLoopback } from '../http/address.ts';
import type { InputReader } from './reader.ts';

const MAX_URL = 2_048;

/** Reads an address to which a key is sent, without its trailing slash; `undefined` if empty. */
export function addressIn(
  read: InputReader,
  name: 'base-url' | 'llm-base-url',
  allowHttp: boolean,
): string | undefined {
  const { value } = read.given(name);
  if (value === '') return undefined;
  const url = value.length > MAX_URL ? null : URL.parse(value);
  // The errors do not quote the value: it may contain a password.
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    read.wrong(`${name} is not the address of a server: it must look like https://example.com`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(value)) {
    read.wrong(
      `${name} contains a user name, a password, a query or a fragment: it must be only the host and a path, and the key belongs in ${name.replace('base-url', 'api-key')}`,
    );
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    read.wrong(
      `${name} is http, which would send the key unencrypted: use https, or allow-http: true for a server in the same network`,
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
