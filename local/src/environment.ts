import type { Place } from './place.ts';

/** How to start the server. */
export interface LocalServer {
  readonly python: string;
  readonly port: number;
  /** Its environment, without PATH, which depends on what it can see. */
  readonly env: Readonly<Record<string, string>>;
}

/** The variables of the job that the server gets: locale, time zone, proxies and certificates. */
const PASSED_ON = [
  'LANG',
  'LC_ALL',
  'TZ',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'GIT_SSL_CAINFO',
  'LITELLM_LOCAL_MODEL_COST_MAP',
];

/**
 * Returns the environment of the server: the allow-list above, and the session key. The server hides the key from the
 * agent's shell only under the name SESSION_API_KEY; the agent sees all other variables. Source:
 * OpenHands/software-agent-sdk, `sanitized_env`.
 */
export function environmentOf(
  env: NodeJS.ProcessEnv,
  { home }: Pick<Place, 'home'>,
  key: string,
): Record<string, string> {
  const passed = PASSED_ON.map((name) => [name, env[name] ?? ''] as const);
  return {
    LANG: 'C.UTF-8',
    // isolate.sh reads the variables line by line, so no value may contain a line break.
    ...Object.fromEntries(passed.filter(([, value]) => value !== '' && !/[\r\n\0]/.test(value))),
    HOME: home,
    TERM: 'xterm-256color',
    OH_ENABLE_VSCODE: 'false',
    // Otherwise it prepares a browser, which no conversation of the action has.
    OH_PRELOAD_TOOLS: 'false',
    OPENHANDS_SUPPRESS_BANNER: '1',
    // As in OpenHands' own containers: otherwise the server formats tracebacks for seconds at an error, and does not respond.
    LOG_JSON: 'true',
    SESSION_API_KEY: key,
  };
}
