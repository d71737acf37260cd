import { isLoopback } from '../text/loopback.ts';
import type { Reader, Source } from './reader.ts';

const DEFAULT_BASE_URL = 'https://app.all-hands.dev';
const LONGEST_URL = 2_048;
/** A shorter key could be guessed, and as a secret would take syllables out of everything that is shown. */
const SHORTEST_KEY = 8;

/** Where the server is, and what is to become of an agent that is not waited for any more. */
export interface Connection {
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether the agent is stopped if the step is cancelled, or its deadline passes, while it waits. */
  readonly stopOn: { readonly cancel: boolean; readonly deadline: boolean };
}

/** The inputs that are needed to stop an agent. */
export function connectionIn(read: Reader): Connection {
  return {
    apiKey: apiKeyIn(read),
    baseUrl: baseUrlIn(read, read.boolean('allow-http')),
    stopOn: { cancel: read.boolean('stop-on-cancel', true), deadline: read.boolean('stop-on-timeout') },
  };
}

/**
 * The API key that is to be hidden before anything else happens; empty if it is too short to be one. That is refused
 * before it goes anywhere, and hiding it would make the words unreadable that say so.
 */
export function keyToHide(input: Source['input']): string {
  const key = input('api-key').trim();
  return key.length < SHORTEST_KEY ? '' : key;
}

function apiKeyIn(read: Reader): string {
  const { value: key } = read.given('api-key');
  if (key === '') {
    read.wrong(
      'api-key is empty: create a key in the settings of OpenHands, save it as a secret of the repository and pass it as ' +
        '${{ secrets.OPENHANDS_API_KEY }} (runs of forks and of Dependabot get no secrets)',
    );
  } else if (key.length < SHORTEST_KEY) {
    read.wrong(
      `api-key is shorter than ${SHORTEST_KEY} characters: pass a key of the settings of OpenHands, or give a server of ` +
        'your own a long and random session key',
    );
  } else if (!/^[\x21-\x7e]+$/.test(key)) {
    // What fetch accepts in a header; a line break in the middle is a secret that was pasted with something else.
    read.wrong(
      'api-key contains white space or other characters that no key has: save the secret again, the key alone',
    );
  }
  return key;
}

function baseUrlIn(read: Reader, allowHttp: boolean): string {
  const { value } = read.given('base-url');
  if (value === '') return DEFAULT_BASE_URL;
  const url = value.length > LONGEST_URL ? null : URL.parse(value);
  // The text itself is not shown if it may hold a password.
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    return read.wrong(`base-url is no web address: it must look like ${DEFAULT_BASE_URL}`, '');
  if (url.username !== '' || url.password !== '') {
    read.wrong('base-url contains a user name or password: the key belongs into api-key');
  } else if (value.includes('?') || value.includes('#')) {
    read.wrong('base-url contains a query or fragment: it must end with the host or a path');
  } else if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    read.wrong(
      'base-url is http, which would send the key unencrypted: use https, or allow-http: true for a server in the same network',
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
