import type { Place } from './place.ts';

/** What of the job's environment the server gets: how to reach the internet, and in which language to speak. */
const PASSED_ON = [
  'LANG',
  'LC_ALL',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'GIT_SSL_CAINFO',
  'LITELLM_LOCAL_MODEL_COST_MAP',
];

/**
 * The environment of the server: an allow-list, and its key. It keeps the key from the agent's shell if that is its name;
 * any other variable is the agent's, too. Source: OpenHands/software-agent-sdk, `sanitized_env`.
 */
export function environmentOf(
  env: NodeJS.ProcessEnv,
  { home }: Pick<Place, 'home'>,
  key: string,
): Record<string, string> {
  const passed = PASSED_ON.map((name) => [name, env[name] ?? ''] as const);
  return {
    LANG: 'C.UTF-8',
    // A line break would be the end of it where it is read line by line.
    ...Object.fromEntries(passed.filter(([, value]) => value !== '' && !/[\r\n\0]/.test(value))),
    HOME: home,
    TERM: 'xterm-256color',
    OH_ENABLE_VSCODE: 'false',
    OPENHANDS_SUPPRESS_BANNER: '1',
    // As in OpenHands' own containers: without it, it draws tracebacks and answers nobody for seconds at an error.
    LOG_JSON: 'true',
    SESSION_API_KEY: key,
  };
}
