/** The names of the inputs, as in `action.yml`. */
export const INPUT_NAMES = [
  'message',
  'message-file',
  'message-template',
  'message-template-file',
  'repository',
  'branch',
  'git-provider',
  'model',
  'working-directory',
  'llm-api-key',
  'llm-base-url',
  'conversation-id',
  'idempotency-key',
  'if-exists',
  'api-key',
  'base-url',
  'allow-http',
  'api-version',
  'poll',
  'timeout-seconds',
  'poll-interval-seconds',
  'on-paused',
  'stop-on-cancel',
  'stop-on-timeout',
  'github-token',
  'comment',
  'issue-number',
  'require-permission',
  'allowed-bots',
  'trajectory-file',
] as const;
export type InputName = (typeof INPUT_NAMES)[number];

/** What people may write who know other actions, or this one as it was: what is right. */
export const MISNAMED = [
  { wrong: 'llm-model', right: 'model' },
  { wrong: 'prompt', right: 'message' },
] as const;
export type Misnamed = (typeof MISNAMED)[number]['wrong'];

/** The names of the outputs, as in `action.yml`. */
export const OUTPUT_NAMES = [
  'conversation-id',
  'conversation-url',
  'status',
  'title',
  'response',
  'response-file',
  'pull-request-urls',
  'cost-usd',
  'input-tokens',
  'output-tokens',
  'failure-kind',
  'api-version',
  'reused',
] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];
