import { parseArgs } from 'node:util';

import { FAULT_ANSWERS, FAULT_FORM, parseFault } from '../fault-text.ts';
import type { Authorization } from './authorization.ts';
import type { ScenarioName } from './scenarios.ts';
import type { SimulatorOptions } from './server-options.ts';
import { isScenarioName, scenarioNames, scenarioOf } from './story.ts';

/** The parsed command. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'serve'; readonly options: SimulatorOptions };

const DEFAULT_PORT = 3000;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  list: { type: 'boolean' },
  host: { type: 'string' },
  port: { type: 'string' },
  api: { type: 'string' },
  scenario: { type: 'string' },
  speed: { type: 'string' },
  fault: { type: 'string', multiple: true },
  key: { type: 'string', multiple: true },
  'session-key': { type: 'string' },
  canvas: { type: 'boolean' },
  'no-rate-limit': { type: 'boolean' },
  'self-hosted': { type: 'boolean' },
  commit: { type: 'string' },
} as const;

function portOf(text = String(DEFAULT_PORT)): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`--port: "${text}" is not a port from 0 (any free one) to 65535`);
}

/**
 * Parses the value of `--speed`; 1 by default.
 *
 * @throws Error with one line that says why it is wrong
 */
export function speedOf(text = '1'): number {
  const speed = Number(text);
  if (speed > 0 && speed <= 100_000) return speed;
  throw new Error(`--speed: "${text}" is not a number above 0, at most 100000`);
}

function scenarioFrom(name = 'finish'): ScenarioName {
  if (!isScenarioName(name)) throw new Error(`--scenario: there is no "${name}"; --list shows what there is`);
  return name;
}

/**
 * Parses the value of `--api`; `both` by default.
 *
 * @throws Error with one line that says why it is wrong
 */
export function apiOf(text = 'both'): NonNullable<SimulatorOptions['api']> {
  if (text === 'both' || text === 'v1' || text === 'v0' || text === 'agent-server') return text;
  throw new Error(`--api: "${text}" is not v1, v0, both or agent-server`);
}

function authorizationOf(keys: readonly string[] | undefined, sessionKey: string | undefined): Authorization {
  if (keys !== undefined && sessionKey !== undefined) {
    throw new Error('--key and --session-key cannot be combined: a server reads one header or the other');
  }
  if ([...(keys ?? []), sessionKey].includes(''))
    throw new Error('--key, --session-key: a key cannot be empty');
  if (keys !== undefined) return { kind: 'bearer', keys };
  return sessionKey === undefined ? { kind: 'open' } : { kind: 'session', key: sessionKey };
}

/**
 * Checks that no option came before the `--` of `npm run`: npm treats such options as its own and sets variables instead.
 * Source: npm, docs/content/using-npm/config.md (environment variables that start with npm_config_).
 *
 * @throws Error with one line if npm took one of these options
 */
export function refuseOptionsThatNpmTook(script: string, names: readonly string[]): void {
  const name = names.find((each) => process.env[`npm_config_${each.replaceAll('-', '_')}`] !== undefined);
  if (name === undefined) return;
  throw new Error(
    `npm took --${name} for its own option: put -- before the options, as in npm run ${script} -- --${name}`,
  );
}

/**
 * Parses the command's arguments (without node and the file).
 *
 * @throws Error with one line that says which option is wrong and why
 */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help === true) return { kind: 'help' };
  if (values.list === true) return { kind: 'list' };
  const options: SimulatorOptions = {
    host: values.host ?? '127.0.0.1',
    port: portOf(values.port),
    api: values.canvas === true ? 'agent-server' : apiOf(values.api),
    ...(values.canvas === true && { agentServer: { canvas: 'local', version: '1.49.1' } }),
    scenario: scenarioFrom(values.scenario),
    speed: speedOf(values.speed),
    faults: (values.fault ?? []).map(parseFault),
    authorization: authorizationOf(values.key, values['session-key']),
    kind: values['self-hosted'] === true ? 'self-hosted' : 'cloud',
    ...(values.commit !== undefined && { commit: values.commit }),
    ...(values['no-rate-limit'] === true && { rateLimit: 'none' }),
  };
  return { kind: 'serve', options };
}

/** Returns the list of scenarios, one per line. */
export function listText(): string {
  const names = scenarioNames();
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${scenarioOf(name).about}`).join('\n');
}

/** Returns the help text of the command. */
export function helpText(): string {
  const width = Math.max(...Object.keys(FAULT_ANSWERS).map((name) => name.length));
  const answers = Object.entries(FAULT_ANSWERS).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);
  return `Runs an OpenHands server in memory: the API, but no agent and no costs.

Usage: npm run simulator -- [options]           after npm ci
       node dist/simulator.js [options]   with any Node.js from 20, without npm ci

  --port N            port to listen on; 0: any free one (default ${DEFAULT_PORT})
  --host ADDRESS      address to listen on (default 127.0.0.1)
  --api v1|v0|both|agent-server
                      which API it serves (default both), or an agent server by itself
  --canvas            behave like Agent Canvas: an agent server of an older version, with pages
  --scenario NAME     what happens if the message has no line "simulate: NAME" (default finish)
  --list              list the scenarios and exit
  --speed N           simulated seconds per real second (default 1)
  --fault "..."       a failing request (see below); can be given several times
  --key KEY           accept only this key as "Authorization: Bearer KEY"; can be given several times
  --session-key KEY   accept only this key as "X-Session-API-Key: KEY"
                      (without both: any key that does not begin with "wrong")
  --self-hosted       behave like a self-hosted server instead of the Cloud: other rate limits, no accounts, no web app;
                      a resumed agent continues at once, and of two starts with one id only one becomes ready
  --no-rate-limit     no rate limit (the Cloud's: 10 requests a second and 100 a minute for each key)
  --commit SHA        the commit that agents start from, in every repository
  --help              show this and exit

A fault is written ${FAULT_FORM}
PATH may have * for any text; it is compared with the query only if it has a "?".
"skip=N" lets N requests pass first; "xN" makes N requests fail, otherwise one.
"after" does what was requested, then answers wrongly. A WebSocket is a GET of its path: garbage, wrong, cut, other and
slow act on each of its frames. ANSWER is one of
${answers.join('\n')}

Examples:
  npm run simulator -- --scenario error --speed 5
  npm run simulator -- --fault "GET /api/v1/app-conversations?ids=* 503 x3"
  npm run simulator -- --fault "POST /api/v1/app-conversations reset after"
  npm run simulator -- --fault "* 429 retry-after=7 skip=5 x2"`;
}
