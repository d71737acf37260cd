import { isLoopback } from '../text/loopback.ts';
import {
  boolean,
  type Checked,
  type Reader,
  readerOf,
  refuse,
  right,
  type Source,
  wrong,
} from './checked.ts';

const DEFAULT_BASE_URL = 'https://app.all-hands.dev';
const LONGEST_URL = 2_048;
/** A shorter key could be guessed, and as a secret would take syllables out of everything that is shown. */
const SHORTEST_KEY = 8;

/** Where the server is, and what is to become of an agent that is not waited for any more. */
export interface Connection {
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether the agent is stopped where the step is cancelled, or its deadline passes, while it waits. */
  readonly stopOn: { readonly cancel: boolean; readonly deadline: boolean };
}

/**
 * Reads and checks the inputs that are needed to stop an agent.
 *
 * @throws {WrongInputs} which names each of them that is wrong.
 */
export function readConnection(source: Source): Connection {
  const checks = connectionChecks(readerOf(source));
  refuse(checks);
  return connectionIn(checks);
}

/** The checks of a connection. */
export interface ConnectionChecks {
  readonly apiKey: Checked<string>;
  readonly allowHttp: Checked<boolean>;
  readonly baseUrl: Checked<string>;
  readonly stopOnCancel: Checked<boolean>;
  readonly stopOnTimeout: Checked<boolean>;
}

/** Checks each input of a connection. */
export function connectionChecks(text: Reader): ConnectionChecks {
  const allowHttp = boolean(text('allow-http'));
  return {
    apiKey: apiKey(text('api-key').value),
    allowHttp,
    baseUrl: baseUrl(text('base-url').value, allowHttp.orElse(false)),
    stopOnCancel: boolean(text('stop-on-cancel'), true),
    stopOnTimeout: boolean(text('stop-on-timeout')),
  };
}

/** The connection that the checks have found right. */
export function connectionIn(checks: ConnectionChecks): Connection {
  return {
    apiKey: checks.apiKey.value(),
    baseUrl: checks.baseUrl.value(),
    stopOn: { cancel: checks.stopOnCancel.value(), deadline: checks.stopOnTimeout.value() },
  };
}

/**
 * The API key that is to be hidden before anything else happens; empty where it is too short to be one. That is refused
 * before it goes anywhere, and hiding it would make the words unreadable that say so.
 */
export function keyToHide(input: Source['input']): string {
  const key = input('api-key').trim();
  return key.length < SHORTEST_KEY ? '' : key;
}

function apiKey(text: string): Checked<string> {
  if (text === '') {
    return wrong(
      'api-key is empty: create a key in the settings of OpenHands, save it as a secret of the repository and pass it as ' +
        '${{ secrets.OPENHANDS_API_KEY }} (runs of forks and of Dependabot get no secrets)',
    );
  }
  if (text.length < SHORTEST_KEY) {
    return wrong(
      `api-key is shorter than ${SHORTEST_KEY} characters: pass a key of the settings of OpenHands, or give a server of ` +
        'your own a long and random session key',
    );
  }
  // What fetch accepts in a header; a line break in the middle is a secret that was pasted with something else.
  return /^[\x21-\x7e]+$/.test(text)
    ? right(text)
    : wrong(
        'api-key contains white space or other characters that no key has: save the secret again, the key alone',
      );
}

function baseUrl(text: string, allowHttp: boolean): Checked<string> {
  if (text === '') return right(DEFAULT_BASE_URL);
  const url = text.length > LONGEST_URL ? null : URL.parse(text);
  // The text itself is not shown where it may hold a password.
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    return wrong(`base-url is no web address: it must look like ${DEFAULT_BASE_URL}`);
  }
  if (url.username !== '' || url.password !== '') {
    return wrong('base-url contains a user name or password: the key belongs into api-key');
  }
  if (text.includes('?') || text.includes('#')) {
    return wrong('base-url contains a query or fragment: it must end with the host or a path');
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    return wrong(
      'base-url is http, which would send the key unencrypted: use https, or allow-http: true for a server in the same network',
    );
  }
  return right(url.origin + url.pathname.replace(/\/+$/, ''));
}
