import { REPLIES_ANSWER, REVIEW_ANSWER, SECOND_REVIEW_ANSWER } from '../github/review-story.ts';
import { ANSWER, BLOCKED_ANSWER, LONG_OUTPUT, longAnswer, PLAIN_ANSWER, QUESTION } from '../texts.ts';
import { HOSTILE_SCENARIOS } from './hostile-scenarios.ts';
import { PLAN_SCENARIOS } from './plan-scenarios.ts';
import {
  BEGIN,
  endsAt,
  errorAt,
  eventAt,
  failsToStart,
  finishAt,
  pausedAt8,
  printsAt,
  PULL_REQUEST,
  refusedAt,
  START,
  STEPS,
  stepsUntil,
  worksFor,
  worksThen,
} from './scenario-parts.ts';
import type { Scenario } from './timeline.ts';

const MAX_ITERATIONS = 'Agent reached maximum iterations limit (500).';
const REFUSED = 'The repository could not be cloned: the branch "main" does not exist.';
const NO_ACCESS = 'The account has no access to this repository.';
/** Seen with agent server 1.58.2. */
const UNREACHABLE = {
  kind: 'error',
  code: 'LLMServiceUnavailableError',
  detail: 'litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.',
  classified: 'transient',
} as const;
/** How long an agent that never ends emits steps. After that it works silently. */
const FOREVER_STEPS_SECONDS = 60 * 60;

/** All scenarios by name. */
export const SCENARIOS = {
  finish: worksThen(
    'the agent works for about 20 s and finishes with a pull request',
    ...finishAt(18.5, ANSWER),
  ),
  message: worksThen(
    'the agent ends with a plain message instead of the finish tool',
    eventAt(9, { kind: 'agent-message', text: PLAIN_ANSWER }),
    endsAt(9, 'answered'),
  ),
  'pull-request': worksThen(
    'the answer names no pull request, but the conversation does',
    ...finishAt(18.5, 'Done: the README is right again.'),
  ),
  json: worksThen(
    'the answer ends in JSON: {"changed": true, "findings": [{"file": "README.md", "line": 31, "text": "The port is 3000."}]}',
    ...finishAt(
      18.5,
      'One statement was wrong.\n\n```json\n{"changed": true, "findings": [{"file": "README.md", "line": 31, "text": "The port is 3000."}]}\n```',
    ),
  ),
  done: worksThen(
    'the agent finishes with a pull request, and its answer ends with "Result: done"',
    ...finishAt(18.5, `${ANSWER}\n\nResult: done`),
  ),
  blocked: worksThen(
    'the agent finishes without a pull request, and its answer ends with "Result: blocked" and the reason',
    eventAt(18.5, { kind: 'finish', text: BLOCKED_ANSWER }, 0.23),
    endsAt(18.5, 'finished'),
  ),
  review: worksThen(
    'the agent reviews a pull request, and finds an error, a warning and a note',
    eventAt(18.5, { kind: 'finish', text: REVIEW_ANSWER }, 0.23),
    endsAt(18.5, 'finished'),
  ),
  'second-review': worksThen(
    'the agent reviews a pull request again, and finds an error beside an earlier one that still stands',
    eventAt(18.5, { kind: 'finish', text: SECOND_REVIEW_ANSWER }, 0.19),
    endsAt(18.5, 'finished'),
  ),
  feedback: worksThen(
    'the agent makes the changes that a review requests, and replies in two of its threads',
    eventAt(18.5, { kind: 'finish', text: REPLIES_ANSWER }, 0.31),
    endsAt(18.5, 'finished'),
  ),
  error: worksThen(
    'the agent fails',
    ...errorAt(12, 'LLMAuthenticationError', 'The model refused the account: no credit is left.'),
  ),
  'unknown-model': worksThen(
    'the agent fails: there is no such model',
    ...refusedAt(2, 'NotFoundError', 'litellm.NotFoundError: HTTP 404: model "gpt-0" not found', 'config'),
  ),
  'model-key': worksThen(
    'the agent fails: the model refuses its key',
    ...refusedAt(2, 'LLMAuthenticationError', 'litellm.AuthenticationError: HTTP 401: bad key', 'auth'),
  ),
  'model-unreachable': worksThen(
    'the agent fails: its model cannot be reached, which the server says twice',
    eventAt(12, UNREACHABLE),
    endsAt(12, 'failed', UNREACHABLE.detail),
    eventAt(12, UNREACHABLE),
  ),
  'model-credit': worksThen(
    'the agent fails: no credit is left for the model',
    ...refusedAt(12, 'APIError', 'litellm.APIError: HTTP 402: no credit is left', 'quota'),
  ),
  'model-limit': worksThen(
    'the agent fails: the model limits it',
    ...refusedAt(12, 'LLMRateLimitError', 'litellm.RateLimitError: HTTP 429: slow down', 'rate_limit'),
  ),
  forgetful: worksThen(
    "V1: the model's context is too small: the server forgets the message, and the agent finishes without doing anything (V0: it finishes)",
    eventAt(1.5, { kind: 'condensation', forgets: 'message' }),
    eventAt(4, { kind: 'finish', text: 'How can I help you?' }, 0.02),
    endsAt(4, 'finished'),
  ),
  'forgets-forever': worksThen(
    "V1: the model's context is too small: the server shortens the prompt again and again, and the agent never acts or ends",
    eventAt(1.5, { kind: 'condensation', forgets: 'message' }),
    ...Array.from({ length: FOREVER_STEPS_SECONDS / 5 }, (_, index) =>
      eventAt(5 * (index + 1), { kind: 'condensation', forgets: 'summary' }, 0.02 + index / 100),
    ),
  ),
  'max-iterations': worksThen(
    'the agent fails at its limit of steps',
    ...errorAt(12, 'MaxIterationsReached', MAX_ITERATIONS),
  ),
  'late-reason': worksThen(
    'the agent reaches its limit of steps, and the event that says so comes half a minute after the state',
    { ...endsAt(12, 'failed', MAX_ITERATIONS), sendsAll: true },
    eventAt(12, { kind: 'error', code: 'MaxIterationsReached', detail: MAX_ITERATIONS }),
  ),
  stuck: worksThen(
    'the agent is stuck in a loop',
    endsAt(12, 'stuck', 'AgentStuckInLoopError: the agent repeats itself.'),
  ),
  'needs-input': worksThen(
    'the agent asks a question and waits',
    eventAt(9, { kind: 'agent-message', text: QUESTION }),
    endsAt(9, 'asks-input'),
  ),
  confirmation: worksThen(
    'the agent wants a command confirmed',
    eventAt(9, { kind: 'command', summary: 'Delete the build folder', command: 'rm -rf build' }),
    endsAt(9, 'asks-confirmation'),
  ),
  rejected: worksThen(
    'V0: the agent rejects the task (V1: an error)',
    ...errorAt(12, 'Rejected', 'The agent rejected the task.', 'rejected'),
  ),
  'rate-limited': worksThen(
    'V0: the model limits the agent (V1: an error)',
    ...errorAt(12, 'LLMRateLimitError', 'The model is over its limit.', 'rate-limited'),
  ),
  ignored: {
    about: 'as a follow-up: the message is accepted, but has no effect; as a start: the agent never begins',
    start: START,
    work: [],
  },
  'start-error': failsToStart('the start fails and says why', { at: 4, detail: REFUSED }),
  'start-silent': failsToStart('the start fails and does not say why', { at: 1 }),
  'no-access': failsToStart(
    'the scenario of every repository called */no-access: the account cannot read it (V0: 401)',
    { at: 2, detail: NO_ACCESS },
    'STATUS$GIT_PROVIDER_AUTHENTICATION_ERROR',
  ),
  'hidden-finish': worksThen(
    'the agent finishes, but its sandbox is paused at once: only the events show it',
    ...finishAt(18.5, ANSWER),
    { at: 18.5, box: 'paused', sendsAll: true },
  ),
  paused: pausedAt8(
    'the sandbox is paused in mid-work and stays so until sandbox and agent are resumed',
    'box',
  ),
  'paused-resumed': worksThen(
    'the sandbox is paused in mid-work, continues by itself, and the agent finishes',
    { at: 8, box: 'paused' },
    { at: 18, box: 'running' },
    ...finishAt(26, ANSWER),
  ),
  'agent-paused': pausedAt8('the agent is paused in mid-work and stays so until it is resumed', 'agent'),
  'sandbox-error': worksThen('the sandbox breaks in mid-work', { at: 8, box: 'failed' }),
  'sandbox-busy': worksThen(
    'the sandbox does not answer for 10 s and is reported as broken, but the agent continues and finishes',
    { at: 8, box: 'failed' },
    { at: 18, box: 'running' },
    ...finishAt(26, ANSWER),
  ),
  'sandbox-died': worksThen('the sandbox dies in mid-work, and is reported as starting forever', {
    at: 8,
    box: 'starting',
  }),
  'sandbox-restart': worksThen(
    'the sandbox is reported as starting again for 20 s in mid-work, and the agent continues and finishes',
    { at: 8, box: 'starting' },
    { at: 28, box: 'running' },
    ...finishAt(36, ANSWER),
  ),
  missing: worksThen('the sandbox is gone in mid-work', { at: 8, box: 'missing' }),
  deleting: worksThen('the conversation is being deleted in mid-work (V0: stopped)', endsAt(8, 'deleting')),
  archived: worksThen('the conversation is archived in mid-work (V1: its sandbox is missing)', {
    at: 8,
    box: 'archived',
  }),
  vanish: worksThen('the conversation becomes unknown in mid-work', { at: 8, presence: 'hidden' }),
  'never-ready': {
    about: 'V1: the start never ends, but the conversation is there, and its agent finishes',
    start: START.filter((change) => change.start !== 'ready'),
    work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
  },
  'stands-still': {
    about: 'V1: the start never changes again, because the server was restarted meanwhile',
    start: START.filter((change) => change.at <= 1),
    work: [],
  },
  'never-appears': {
    about: 'the start succeeds, but the conversation stays unknown',
    start: START.filter((change) => change.presence !== 'shown'),
    work: [...BEGIN],
  },
  'unknown-status': worksThen(
    'an unknown status for a while, then the agent finishes',
    { at: 5, agent: 'unknown', box: 'unknown' },
    { at: 17, agent: 'working', box: 'running' },
    ...finishAt(24, ANSWER),
  ),
  stopped: worksThen('V0: it stops without a reason (V1: the sandbox is paused)', {
    at: 8,
    box: 'stopped',
  }),
  'stopped-early': {
    about: 'V0: reports STOPPED for 10 s before it starts, then works and finishes (V1: a slow start)',
    start: [
      { at: 0, start: 'accepted', presence: 'shown', box: 'unregistered', agent: 'idle' },
      { at: 2, start: 'waiting-for-sandbox' },
      { at: 10, start: 'preparing-repository', box: 'starting' },
      { at: 13, start: 'starting-conversation', box: 'running' },
      { at: 14, start: 'ready' },
    ],
    work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
  },
  long: worksFor(20 * 60),
  'opened-early': worksThen(
    'the agent opens a pull request, and never ends',
    { at: 18, pullRequest: PULL_REQUEST },
    ...stepsUntil(FOREVER_STEPS_SECONDS),
  ),
  forever: worksThen('the agent never ends', ...stepsUntil(FOREVER_STEPS_SECONDS)),
  ...HOSTILE_SCENARIOS,
  ...PLAN_SCENARIOS,
  'long-answer': worksThen('the agent finishes with an answer of 300 kB', ...finishAt(18.5, longAnswer())),
  'large-events': worksThen(
    'commands print 12 MB just before the agent finishes: its last events are larger than 10 MiB together',
    ...Array.from({ length: 12 }, (_, index) => printsAt(16, `part-${index + 1}`, LONG_OUTPUT)),
    ...finishAt(18.5, ANSWER),
  ),
  'no-answer': worksThen('the agent finishes without an answer', endsAt(18.5, 'finished')),
} as const satisfies Record<string, Scenario>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** The scenario if no other one is chosen. */
export const DEFAULT_SCENARIO: ScenarioName = 'finish';
