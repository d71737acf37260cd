import { isLoopbackUrl } from '../http/address.ts';
import { isAgentServer, WANTED_APIS, type WantedApi } from '../port/api-version.ts';
import type { StopInput } from '../port/interruption.ts';
import { singleLine } from '../text/safe.ts';
import { addressIn } from './address.ts';
import type { InputReader } from './reader.ts';
import { keyIn } from './secret.ts';

/** OpenHands Cloud, which has API V1. */
const DEFAULT_BASE_URL = 'https://app.all-hands.dev';
/** The pages of OpenHands whose address people copy. */
const PAGE_PATH = /(?<=[^:/])\/(?:conversations|settings)(?:\/.*)?$/;
/** What the action itself adds. A proxy may have the server at `/api`, or below `/api/v1` with a name of its own. */
const API_PATH =
  /(?<=[^:/])\/(?:api\/(?:v\d(?:\/(?:app-conversations|sandboxes|users)(?:\/.*)?)?|conversations(?:\/.*)?)|server_info)\/?$/;
const MAX_SHOWN_PATH = 80;

/** How to reach the server, and when to stop the agent if the step is interrupted. */
export interface Connection {
  /** Empty for an agent server on the same machine that was started without a key. */
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether http is allowed for hosts other than the same machine. */
  readonly allowHttp: boolean;
  readonly apiVersion: WantedApi;
  readonly stopOn: Readonly<Record<StopInput, boolean>>;
}

/** Reads the inputs that main needs to reach the server, and post to stop an agent. */
export function connectionIn(read: InputReader): Connection {
  const apiVersion = read.choice('api-version', WANTED_APIS);
  const allowHttp = read.boolean('allow-http');
  const baseUrl = addressIn(read, 'base-url', allowHttp) ?? DEFAULT_BASE_URL;
  const [api] = API_PATH.exec(baseUrl) ?? [];
  const [path] = api === undefined ? (PAGE_PATH.exec(baseUrl) ?? []) : [api];
  if (path !== undefined) {
    const what = api === undefined ? 'the path of a page' : 'a path of the API';
    read.wrong(`base-url has ${what}: remove ${singleLine(path, MAX_SHOWN_PATH)} from its end`);
  }
  return {
    apiKey: apiKeyIn(read, apiVersion, baseUrl),
    baseUrl,
    allowHttp,
    // OpenHands Cloud has V1.
    apiVersion: apiVersion === 'auto' && baseUrl === DEFAULT_BASE_URL ? 'v1' : apiVersion,
    stopOn: {
      'stop-on-cancel': read.boolean('stop-on-cancel', true),
      'stop-on-timeout': read.boolean('stop-on-timeout', true),
    },
  };
}

function apiKeyIn(read: InputReader, apiVersion: Connection['apiVersion'], baseUrl: string): string {
  if (read.given('api-key').value !== '') return keyIn(read, 'api-key');
  if (isAgentServer(apiVersion) && isLoopbackUrl(baseUrl)) return '';
  return read.wrong(
    'api-key is empty: create a key in OpenHands (Settings → API Keys), or take the session key of your agent server, save it as ' +
      'the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY, then re-run the job (GitHub gives runs for forks and for Dependabot no secrets)',
    '',
  );
}
