import { isMatch, type Occasion } from '../../simulator/faults.ts';
import { PNG } from '../../simulator/github/picture-files.ts';
import { OPENED } from '../../simulator/github/rest.ts';
import { FIRST_THREAD_ID } from '../../simulator/github/store.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import { FAULTS, type MatrixFault, type ReadClass, type SendClass, status } from '../../testbed/faults.ts';
import { isOfGithub, type Mishap } from '../../testbed/mishap.ts';
import {
  APP_SERVER_ALONE,
  play,
  type PlayOptions,
  type SentRequest,
  type StepRun,
} from '../../testbed/play.ts';
import { SUCCEEDS } from '../../testbed/statuses.ts';

/**
 * Every fault at the requests of a conversation, and the result that the contract requires: no second conversation, none
 * forgotten, no agent left at work after a cancel, no step that passes wrongly, and no secret shown. A new fault is a
 * line in FAULTS. A new request is an entry of REQUESTS that says how the request is reached, and the result for each
 * class of fault.
 */

/** The required result. */
export interface Rule {
  readonly status: StepRun['outcome']['status'];
  /** How many conversations are on the server at the end. */
  readonly conversations: number;
  /**
   * For a read: 2 if the next request repeats it, 1 if not. For a send: how often it is made in total. Absent if that
   * does not matter.
   */
  readonly made?: number;
  /** Whether the error must say where to look for a conversation that the action does not know. */
  readonly look?: boolean;
  /** Whether the agent may be left at work. Then the error must say so. */
  readonly left?: boolean;
  /** Whether a review has no comments on lines. */
  readonly flat?: boolean;
  /** How many threads have a reply. */
  readonly replies?: number;
  /** Whether the comment may be missing, or not show the end. */
  readonly stale?: boolean;
}

export const PHASES = [
  'start',
  'pictures',
  'key',
  'message',
  'wait',
  'resume',
  'stop',
  'result',
  'checks',
  'review',
  'replies',
  'comment',
] as const;

export const VERSIONS = ['v1', 'v0'] as const;

interface Place {
  readonly name: string;
  readonly version: (typeof VERSIONS)[number];
  readonly phase: (typeof PHASES)[number];
  /** The fault strikes the first request that matches. */
  readonly at: Required<Pick<Occasion, 'method' | 'path'>> & {
    /** Requests before this second of the step do not match. */
    readonly from?: number;
    /** Requests with this path do not match. */
    readonly unless?: string;
  };
  /** Requests that go out at the same time. They are not counted as a repeat. */
  readonly beside?: MatrixRequest['at'];
  /** The scenario that leads to the request. */
  readonly scenario: ScenarioName;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly choices?: PlayOptions;
  /** Faults before it that make the action send the request. */
  readonly first?: readonly (Mishap & Occasion)[];
  /** Rules by the name of the fault, if they differ from those of its class. */
  readonly exceptions?: Readonly<Record<string, Rule>>;
}

/** A request of the action, and the required result for each class of fault. */
export type MatrixRequest = Place &
  (
    | { readonly kind: 'read'; readonly rules: Readonly<Record<ReadClass, Rule>> }
    | { readonly kind: 'send'; readonly rules: Readonly<Record<SendClass, Rule>> }
  );

const FINISHED = { status: 'finished', conversations: 1 } as const;
const NOT_STARTED = { status: 'start-failed', conversations: 0, made: 1 } as const;
/** What asks for a login in front of a server that has never answered ends the step. */
const AT_LOGIN = (rule: Rule): Readonly<Record<string, Rule>> => ({ 'HTML page': rule, redirect: rule });

/**
 * Rules of a read that is retried if that can help. The results are for faults without a useful retry, and for those
 * that last.
 */
const reading = (final: Rule, lasting: Rule = final): Readonly<Record<ReadClass, Rule>> => ({
  late: FINISHED,
  passing: { ...FINISHED, made: 2 },
  final: { ...final, made: 1 },
  lasting,
});

/** Rules of a read whose result is the same whatever happens. */
const always = (rule: Rule, lasting: Rule = rule): Readonly<Record<ReadClass, Rule>> => ({
  late: rule,
  passing: rule,
  final: rule,
  lasting,
});
/** Rules of a send whose result is the same whatever happens. */
const alwaysSent = (rule: Rule, lasting: Rule = rule): Readonly<Record<SendClass, Rule>> => ({
  late: rule,
  unsent: rule,
  postponed: rule,
  refused: rule,
  lost: rule,
  done: rule,
  lasting,
});

/** The end is already known, so a missing trajectory does not change it. */
const SAVING = { ...always(FINISHED), final: { ...FINISHED, made: 1 } };

/** Without the patch the next steps have nothing to work with, so a failure to save it fails the step. */
const UNSAVED = { status: 'error', conversations: 1 } as const;
const patched = {
  version: 'v1',
  phase: 'wait',
  kind: 'read',
  scenario: 'finish',
  inputs: { 'patch-file': 'changes.patch' },
} as const;

/** Rules of the search for a start whose answer was lost: one bad answer does not end it. */
const seeking: Readonly<Record<ReadClass, Rule>> = {
  ...always(FINISHED, { status: 'start-failed', conversations: 1, look: true }),
  passing: { ...FINISHED, made: 2 },
};

/** After a cancel one fault must not leave the agent at work. What main cannot do, post does. */
const CANCELLED = { status: 'cancelled', conversations: 1 } as const;
const LEFT = { ...CANCELLED, left: true };
/** Rules of the request that stops the agent. */
const STOPPING: Readonly<Record<SendClass, Rule>> = {
  ...alwaysSent({ ...CANCELLED, made: 2 }, LEFT),
  late: { ...CANCELLED, made: 1 },
  done: { ...CANCELLED, made: 1 },
};
/** There is another way to stop the agent: an interrupt. */
const AVOIDED = { ...CANCELLED, made: 1 };
const FORGETFUL = { status: 'error', conversations: 1 } as const;
const cancel = {
  version: 'v1',
  phase: 'stop',
  scenario: 'forever',
  choices: { cancelAt: 30 },
} as const;

const START_V1 = { method: 'POST', path: '/api/v1/app-conversations' };
const LOOK_V1 = { method: 'GET', path: '/api/v1/app-conversations' };
const SEARCH_V1 = { method: 'GET', path: '/api/v1/app-conversations/start-tasks/search' };
const LOST_START: Mishap & Occasion = { ...START_V1, when: 'after', answer: { kind: 'reset' } };

const V1_START_RULES: Readonly<Record<SendClass, Rule>> = {
  late: { ...FINISHED, made: 1 },
  unsent: { ...FINISHED, made: 2 },
  postponed: { ...FINISHED, made: 2 },
  refused: NOT_STARTED,
  lost: { ...FINISHED, made: 2 },
  done: { ...FINISHED, made: 1 },
  lasting: { status: 'start-failed', conversations: 0, made: 2, look: true },
};
/** The start was accepted, or may have been, and its progress cannot be read any more. */
const LOST_TRACK = { status: 'start-failed', conversations: 1, look: true } as const;
const UNREACHABLE = { status: 'unreachable', conversations: 1 } as const;
const LEFT_UNREACHABLE = { ...UNREACHABLE, left: true };
const BEGUN = { status: 'running', conversations: 1 } as const;

const keyed = {
  version: 'v1',
  phase: 'key',
  scenario: 'finish',
  inputs: { 'idempotency-key': 'issue-12' },
} as const;
const NOTHING_STARTED = { status: 'start-failed', conversations: 0 } as const;

/** A key whose conversation was deleted, on a server that hides what is started with its id. */
const hidden = {
  ...keyed,
  choices: { earlier: 'finish', isDeleted: true, simulator: { hidesDeleted: true } },
} as const;
/** One is hidden, and paused; the next one of the key has finished. */
const AFTER_HIDDEN = { status: 'finished', conversations: 2 } as const;
const MISSING = { status: 'missing', conversations: 1 } as const;

const begun = { version: 'v1', phase: 'start', kind: 'read', scenario: 'finish' } as const;
const waited = { ...begun, phase: 'wait' } as const;
const waitedV0 = { ...waited, version: 'v0' } as const;

const branched = {
  version: 'v1',
  phase: 'start',
  scenario: 'finish',
  inputs: {
    'api-version': 'agent-server',
    model: 'openai/any',
    'llm-api-key': 'sk-llm-integration-tests',
    'working-directory': '/srv/project',
    branch: 'next',
  },
  choices: { simulator: { api: 'agent-server' } },
} as const;

/** Makes the agent server unavailable, so that events are read from the app server. */
const alone = { choices: { simulator: APP_SERVER_ALONE } } as const;
/** Events are requested from the agent server once, and then from the app server. */
const ONCE = { ...FINISHED, made: 1 } as const;
const AT_AGENT_SERVER = { late: FINISHED, passing: ONCE, final: ONCE, lasting: FINISHED } as const;

const followUp = {
  version: 'v1',
  phase: 'message',
  scenario: 'finish',
  choices: { earlier: 'finish' },
} as const;
const NOT_SENT = { status: 'start-failed', conversations: 1 } as const;
const GONE = { status: 'missing', conversations: 1 } as const;
/** Rules of a message to an existing agent: the agent must not get it twice. */
const sending = (failed: Rule): Readonly<Record<SendClass, Rule>> => ({
  ...alwaysSent({ ...failed, made: 1 }),
  late: { ...FINISHED, made: 1 },
  unsent: { ...FINISHED, made: 2 },
  postponed: { ...FINISHED, made: 2 },
  done: { ...FINISHED, made: 1 },
});
const SENDING = sending(NOT_SENT);

const resumed = {
  version: 'v1',
  phase: 'resume',
  scenario: 'paused',
  inputs: { 'on-paused': 'resume' },
} as const;
const LEFT_PAUSED = { status: 'error', conversations: 1 } as const;
/** Rules of a resume, which is tried again for a minute. */
const RESUMING = alwaysSent(FINISHED, { status: 'unreachable', conversations: 1 });

/** The server has paused the agent, as it was restarted. */
const restartedServer = {
  version: 'v1',
  phase: 'resume',
  kind: 'read',
  scenario: 'finish',
  inputs: { ...branched.inputs, branch: '', 'timeout-seconds': '300' },
  choices: { simulator: { api: 'agent-server' }, stopServersAt: 8 },
} as const;
/** If nobody can tell whose pause it is, it is a person's. */
const PERSONS_PAUSE = { status: 'timed-out', conversations: 1 } as const;

/** The agent gets the failed checks once, and then all checks are green. */
const fixed = {
  version: 'v1',
  phase: 'checks',
  kind: 'read',
  scenario: 'finish',
  inputs: { 'wait-for-checks': 'true', 'max-fix-rounds': '1' },
  choices: {
    pushes: [
      { checks: [{ name: 'test', to: 30, conclusion: 'failure', log: '1 test failed' }] },
      { checks: [{ name: 'test', to: 30 }] },
    ],
  },
} as const;
const UNCHECKED = { status: 'timed-out', conversations: 1 } as const;
const STILL_RED = { status: 'checks-failed', conversations: 1 } as const;
/** Rules of a look at GitHub: one bad answer does not end the wait, whatever it is. */
const LOOKING = always(FINISHED, UNCHECKED);
/** Rules of reads whose result is optional. */
const ANYWAY = always(FINISHED);
/** A refused read means that the token lacks the permission. Other answers say nothing about it. */
const REFUSED_RIGHT = { '401': NOTHING_STARTED, '403': NOTHING_STARTED, '404': NOTHING_STARTED } as const;

/** The step keeps a comment. What main cannot write, post does. */
const commented = {
  version: 'v1',
  phase: 'comment',
  kind: 'send',
  scenario: 'finish',
  inputs: { comment: 'true', 'issue-number': '1' },
  choices: { github: {} },
} as const;
const REPLY = {
  method: 'POST',
  path: `/repos/octo-org/octo-repo/pulls/7/comments/${FIRST_THREAD_ID}/replies`,
} as const;
/** As above, in a thread of a review. */
const inThread = { ...commented, inputs: { comment: 'true' }, choices: { hasThreads: true } } as const;
const STALE = { ...FINISHED, stale: true };
const COMMENTED = alwaysSent(FINISHED, STALE);

/** The agent says that it is done, at once or once it is asked for that, and there is a pull request. */
const judged = {
  version: 'v1',
  phase: 'result',
  scenario: 'done',
  inputs: { 'require-result': 'pull-request' },
  choices: { pushes: [{ checks: [] }] },
} as const;
const NOT_DONE = { status: 'not-done', conversations: 1 } as const;
const INVALID = { status: 'invalid-output', conversations: 1 } as const;

/** The agent has ended before, and has forgotten the line that it was asked for. */
const forgotten = {
  ...judged,
  inputs: { 'require-result': 'done', 'idempotency-key': 'issue-12' },
  choices: { ...judged.choices, ...alone.choices, earlier: 'finish', earlierAsks: true },
} as const;
/** The step has not asked for the line before this second: it waits for other steps that may. */
const ASKED_FROM = 40;

/** The agent's findings become a review of a pull request. */
const reviewing = {
  version: 'v1',
  phase: 'review',
  kind: 'read',
  scenario: 'review',
  inputs: { review: 'true', 'issue-number': '7' },
  choices: { hasReviewed: true },
} as const;
const FLAT = { ...FINISHED, flat: true } as const;
/** GitHub has no daily limit. */
const NO_DAY = { '429 for the day': { ...FINISHED, made: 2 } } as const;
/** The message has a picture, without which the step goes on. */
const PICTURE = '0a1b2c3d-0000-4000-8000-000000000001';
const ISSUE = `See ![shot](https://github.com/user-attachments/assets/${PICTURE})`;
const pictured = {
  version: 'v1',
  phase: 'pictures',
  kind: 'read',
  scenario: 'finish',
  inputs: { message: '', 'message-template': 'Fix it: {{ github.event.issue.body }}' },
  rules: reading(FINISHED),
  exceptions: {
    ...NO_DAY,
    'HTML page': { ...FINISHED, made: 1 },
    'cut-off JSON': { ...FINISHED, made: 1 },
    'no JSON': { ...FINISHED, made: 1 },
  },
  choices: {
    issue: ISSUE,
    github: {
      texts: { 'issues/1': ISSUE },
      uploads: { [PICTURE]: PNG },
    },
  },
} as const;
/** Rules of a read of GitHub before the start. It is asked once more after a fault that may pass. */
const REVIEWABLE = {
  rules: reading(NOTHING_STARTED),
  exceptions: {
    ...NO_DAY,
    'HTML page': NOTHING_STARTED,
    'cut-off JSON': NOTHING_STARTED,
    'no JSON': NOTHING_STARTED,
  },
};
/** Rules of a read after the agent's end. Without a status, GitHub is asked once more; no fault makes a review flat. */
const POSTING = {
  rules: reading(UNREACHABLE),
  exceptions: {
    ...NO_DAY,
    'HTML page': FINISHED,
    'cut-off JSON': FINISHED,
    'no JSON': FINISHED,
    'wrong JSON': FINISHED,
    redirect: FINISHED,
  },
};

/** The agent's replies go into the threads of a review. Whatever happens to them, the step is finished. */
const replying = {
  version: 'v1',
  phase: 'replies',
  kind: 'read',
  scenario: 'feedback',
  inputs: { 'review-feedback': 'true' },
  choices: { hasThreads: true },
} as const;
const UNREPLIED = { ...FINISHED, replies: 0 } as const;
const ONE_REPLY = { ...FINISHED, replies: 1, made: 1 } as const;

/** A key whose last conversation has ended, and whose pull request has been closed since. */
const restarted = {
  version: 'v1',
  phase: 'key',
  kind: 'read',
  scenario: 'finish',
  inputs: { 'idempotency-key': 'readme-audit', 'if-exists': 'restart-merged' },
  choices: {
    earlier: 'finish',
    github: { pullRequests: { 12: { ...OPENED, state: 'closed' } } },
  },
} as const;
/** The next conversation of the key is started. It is not if the state of the last one is unknown. */
const NEXT = { status: 'finished', conversations: 2 } as const;
const JUDGING: Readonly<Record<ReadClass, Rule>> = {
  late: NEXT,
  passing: { ...NEXT, made: 2 },
  final: { ...FINISHED, made: 1 },
  lasting: FINISHED,
};
/** A pull request that cannot be read counts as open. GitHub is asked once more after a fault that may pass. */
const UNJUDGED = { ...FINISHED, made: 1 };
const JUDGED_OTHERWISE = {
  'HTML page': UNJUDGED,
  'cut-off JSON': UNJUDGED,
  'no JSON': UNJUDGED,
  '429 for the day': { ...NEXT, made: 2 },
  redirect: UNJUDGED,
} as const;

/** A key whose conversation is archived: the message starts the next one. */
const archived = {
  ...keyed,
  inputs: { ...keyed.inputs, 'if-exists': 'send' },
  choices: { earlier: 'archived' },
} as const;
const SEND_V1 = { method: 'POST', path: '/api/v1/app-conversations/*/send-message' };

export const REQUESTS: readonly MatrixRequest[] = [
  {
    name: 'start',
    version: 'v1',
    phase: 'start',
    kind: 'send',
    at: START_V1,
    scenario: 'finish',
    rules: V1_START_RULES,
    exceptions: AT_LOGIN(NOT_STARTED),
  },
  {
    name: 'text with pictures',
    ...pictured,
    at: { method: 'GET', path: '/repos/*/issues/1' },
  },
  {
    name: 'picture',
    ...pictured,
    at: { method: 'GET', path: '/583231/*' },
  },
  {
    name: 'version, `auto`',
    ...begun,
    at: LOOK_V1,
    inputs: { 'api-version': 'auto' },
    choices: { simulator: { api: 'both' } },
    rules: reading(NOTHING_STARTED),
    // These answers mean that the server has no V1, so V0 is used.
    exceptions: {
      '404': { ...FINISHED, made: 1 },
      '405': { ...FINISHED, made: 1 },
      'HTML page': { ...FINISHED, made: 1 },
      redirect: { ...NOTHING_STARTED, made: 1 },
    },
  },
  {
    name: 'progress of the start',
    ...begun,
    at: { method: 'GET', path: '/api/v1/app-conversations/start-tasks' },
    // Even if its task cannot be read, the conversation is found by its id once it exists.
    rules: reading(FINISHED),
  },
  {
    name: 'conversation of a lost start',
    ...begun,
    at: LOOK_V1,
    first: [LOST_START],
    rules: seeking,
  },
  {
    name: 'search for a lost start',
    ...begun,
    at: { method: 'GET', path: '/api/v1/app-conversations/start-tasks/search' },
    first: [LOST_START],
    // With or without a result, the conversation itself is found once it exists.
    rules: { ...seeking, lasting: FINISHED },
  },
  {
    name: 'status',
    ...waited,
    at: LOOK_V1,
    // The attempt to pause the agent looks, too.
    rules: { ...reading(UNREACHABLE, LEFT_UNREACHABLE), final: UNREACHABLE },
  },
  {
    name: 'whether it is listed, without waiting',
    ...begun,
    at: LOOK_V1,
    scenario: 'forever',
    inputs: { poll: 'false' },
    rules: {
      late: BEGUN,
      passing: { ...BEGUN, made: 2 },
      final: UNREACHABLE,
      lasting: { ...UNREACHABLE, left: true },
    },
  },
  {
    name: 'events behind a pause',
    version: 'v1',
    phase: 'wait',
    kind: 'read',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*kind__eq=*' },
    scenario: 'hidden-finish',
    // Without these events a pause after the end looks like a pause during the work, which is waited out.
    rules: reading(FINISHED, { status: 'timed-out', conversations: 1 }),
  },
  {
    name: 'events with the steps',
    ...waited,
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*limit=60' },
    ...alone,
    // The steps are only for the log, so the step does not wait for them, nor retry at once.
    rules: AT_AGENT_SERVER,
  },
  {
    name: 'events with the answer',
    ...waited,
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*limit=50' },
    ...alone,
    // The end is already known, so an answer that cannot be read does not change it.
    rules: reading(FINISHED),
  },
  {
    name: 'events with the answer to a message that is forgotten',
    ...waited,
    scenario: 'forgetful',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*limit=50' },
    ...alone,
    // Without the events, only the end is known.
    rules: { ...always(FORGETFUL, FINISHED), final: FINISHED },
  },
  {
    name: 'events with the steps of an agent that only forgets',
    ...waited,
    scenario: 'forgets-forever',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*limit=60' },
    ...alone,
    inputs: { 'timeout-seconds': '300' },
    // A later look reads them again.
    rules: always(FORGETFUL, { status: 'timed-out', conversations: 1 }),
  },
  {
    name: 'answer that no event can be read with',
    ...waited,
    at: { method: 'GET', path: '/agent-server/*/agent_final_response' },
    first: [{ path: '*/events/search?*limit=50', times: Infinity, answer: status(404) }],
    // The end is already known, so an answer that cannot be read does not change it.
    rules: reading(FINISHED),
  },
  {
    name: 'events at the agent server',
    ...waited,
    at: { method: 'GET', path: '/agent-server/*/events/search?*limit=60' },
    rules: AT_AGENT_SERVER,
  },
  {
    name: 'why a sandbox is gone',
    ...waited,
    scenario: 'missing',
    at: { method: 'GET', path: '/api/v1/sandboxes' },
    // Asked once, and the end is known without it.
    rules: always({ ...MISSING, made: 1 }),
  },
  {
    name: 'trajectory',
    ...waited,
    at: { method: 'GET', path: '/api/v1/app-conversations/*/download' },
    inputs: { 'trajectory-file': 'trajectory.zip' },
    rules: SAVING,
  },
  {
    name: 'folder of the agent after the start',
    ...waited,
    at: { method: 'GET', path: '/agent-server/*/api/conversations/*', unless: '*/events/*' },
    // What nobody can tell of a clone changes nothing. The wait goes on between the tries.
    rules: always(FINISHED),
  },
  {
    name: 'commit in that folder',
    ...waited,
    at: { method: 'GET', path: '/agent-server/*/api/file/archive' },
    rules: always(FINISHED),
  },
  {
    name: 'agent server for a patch',
    ...patched,
    at: { method: 'GET', path: '/agent-server/*/api/conversations/*', unless: '*/events/*', from: 15 },
    first: [{ method: 'GET', path: '/agent-server/*/api/conversations/*', answer: status(404) }],
    rules: reading(UNSAVED),
  },
  {
    name: 'changed files for a patch',
    ...patched,
    at: { method: 'GET', path: '/agent-server/*/api/git/changes' },
    // Some servers cannot list the changed files. Then the patch is saved without the comparison.
    rules: { ...reading(UNSAVED), final: { ...FINISHED, made: 1 } },
    exceptions: { 'wrong JSON': { ...UNSAVED, made: 1 } },
  },
  {
    name: 'patch',
    ...patched,
    at: { method: 'GET', path: '/agent-server/*/api/file/archive?*HEAD%40*' },
    rules: reading(UNSAVED),
    exceptions: {
      // A server may take minutes to make a patch.
      'answer after 90 s': { ...FINISHED, made: 1 },
      // With 400 the server says that git does not know the commit. Then the branch is used.
      '400': { ...FINISHED, made: 1 },
      // An answer that names no commit is not a patch.
      'no JSON': { ...UNSAVED, made: 1 },
      'no JSON, request processed': { ...UNSAVED, made: 1 },
    },
  },
  {
    name: 'whose key it is',
    ...keyed,
    kind: 'read',
    at: { method: 'GET', path: '/api/v1/users/me' },
    rules: reading(NOTHING_STARTED),
    // A web page as the first answer means that the server has no V1, and without V1 a start cannot have a key.
    exceptions: AT_LOGIN({ ...NOTHING_STARTED, made: 1 }),
  },
  {
    name: 'conversation of the key',
    ...keyed,
    kind: 'read',
    at: LOOK_V1,
    beside: SEARCH_V1,
    rules: reading(NOTHING_STARTED),
  },
  {
    name: 'starts of the key',
    ...keyed,
    kind: 'read',
    at: SEARCH_V1,
    beside: LOOK_V1,
    rules: reading(NOTHING_STARTED),
  },
  {
    name: 'start',
    ...keyed,
    kind: 'send',
    at: START_V1,
    rules: V1_START_RULES,
    // 409 means that the id is taken. If nothing is found under it, the next conversation of the key is started.
    exceptions: { '409': { ...FINISHED, made: 2 } },
  },
  {
    name: 'look for one that is hidden',
    ...hidden,
    kind: 'read',
    at: { ...LOOK_V1, from: 5 },
    rules: { ...always(AFTER_HIDDEN, LEFT_UNREACHABLE), final: UNREACHABLE },
  },
  {
    name: 'sandbox of one that is hidden',
    ...hidden,
    kind: 'read',
    at: { ...SEARCH_V1, from: 50 },
    rules: always(AFTER_HIDDEN, { ...MISSING, left: true }),
  },
  {
    name: 'pause of its sandbox',
    ...hidden,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/sandboxes/*/pause' },
    rules: alwaysSent(AFTER_HIDDEN, { ...MISSING, left: true }),
  },
  {
    name: 'other starts, after it',
    ...keyed,
    kind: 'read',
    at: { ...SEARCH_V1, from: 3 },
    // The conversation exists. Whether another run started it at the same moment does not change that.
    rules: reading(FINISHED),
  },
  {
    name: 'message to one that is archived',
    ...archived,
    kind: 'send',
    at: SEND_V1,
    // Nothing is started unless the server says that the conversation is archived.
    rules: {
      ...SENDING,
      late: { ...NEXT, made: 1 },
      unsent: { ...NEXT, made: 2 },
      postponed: { ...NEXT, made: 2 },
      done: NOT_SENT,
    },
    exceptions: {
      '404': { ...GONE, made: 1 },
      '409': { ...GONE, made: 1 },
      '410': { ...NEXT, made: 1 },
      // The status says enough.
      'cut-off JSON': { ...NEXT, made: 1 },
    },
  },
  {
    name: 'conversations of the key, after it',
    ...archived,
    kind: 'read',
    first: [{ ...SEND_V1, answer: { kind: 'slow', seconds: 5 } }],
    at: { ...LOOK_V1, from: 3 },
    beside: SEARCH_V1,
    rules: { ...reading(NOT_SENT), late: NEXT, passing: { ...NEXT, made: 2 } },
  },
  {
    name: 'start of the next one',
    ...archived,
    kind: 'send',
    at: START_V1,
    rules: {
      late: { ...NEXT, made: 1 },
      unsent: { ...NEXT, made: 2 },
      postponed: { ...NEXT, made: 2 },
      refused: { ...NOT_SENT, made: 1 },
      lost: { ...NEXT, made: 2 },
      done: { ...NEXT, made: 1 },
      lasting: { ...NOT_SENT, made: 2, look: true },
    },
    // 409 means that the id is taken. If nothing is found under it, the next one is started.
    exceptions: { '409': { ...NEXT, made: 2 } },
  },
  {
    name: 'status',
    ...followUp,
    kind: 'read',
    at: LOOK_V1,
    rules: reading(NOT_SENT),
    exceptions: AT_LOGIN({ ...NOT_SENT, made: 1 }),
  },
  {
    name: 'events before it',
    ...followUp,
    kind: 'read',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search' },
    rules: reading(NOT_SENT),
    choices: { ...followUp.choices, ...alone.choices },
  },
  {
    name: 'message',
    ...followUp,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/app-conversations/*/send-message' },
    rules: SENDING,
    exceptions: {
      '404': { ...GONE, made: 1 },
      '410': { ...GONE, made: 1 },
      // 409 means that the sandbox is paused. The action resumes it and sends the message again.
      '409': { ...FINISHED, made: 2 },
    },
  },
  {
    name: 'resume of the sandbox',
    ...resumed,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/sandboxes/*/resume' },
    rules: RESUMING,
  },
  {
    name: 'run of the agent',
    ...resumed,
    kind: 'send',
    at: { method: 'POST', path: '/agent-server/*/run' },
    // An agent that is not run after a pause ends in error.
    rules: { ...RESUMING, lasting: LEFT_PAUSED },
    // 409 means that the agent runs already.
    exceptions: { '409': LEFT_PAUSED },
  },
  {
    name: 'uptime after a restart',
    ...restartedServer,
    at: { method: 'GET', path: '/server_info', from: 8 },
    // The next look asks again.
    rules: always(FINISHED, PERSONS_PAUSE),
    // A server without an uptime.
    exceptions: { '404': PERSONS_PAUSE, '405': PERSONS_PAUSE, 'wrong JSON': PERSONS_PAUSE },
  },
  {
    name: 'events about the pause',
    ...restartedServer,
    at: { method: 'GET', path: '/api/conversations/*/events/search?*source=user&limit=20', from: 8 },
    rules: always(FINISHED, PERSONS_PAUSE),
  },
  {
    name: 'run after a restart',
    ...restartedServer,
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations/*/run' },
    rules: RESUMING,
    // 409 means that the agent runs already. A pause after that is not the server's.
    exceptions: { '409': PERSONS_PAUSE, 'no answer to any': PERSONS_PAUSE },
  },
  {
    name: 'status',
    ...cancel,
    kind: 'read',
    at: { ...LOOK_V1, from: 30 },
    rules: always(CANCELLED, LEFT),
  },
  {
    name: 'who shares the sandbox',
    ...cancel,
    kind: 'read',
    at: { method: 'GET', path: '/api/v1/app-conversations/search' },
    rules: always(AVOIDED),
  },
  {
    name: 'starts in the sandbox',
    ...cancel,
    kind: 'read',
    at: { ...SEARCH_V1, from: 30 },
    // If they cannot be read, the agent is stopped anyway.
    rules: always(AVOIDED),
  },
  {
    name: 'pause of the sandbox',
    ...cancel,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/sandboxes/*/pause' },
    rules: alwaysSent(AVOIDED),
  },
  {
    name: 'pause of the sandbox of an agent that only forgets',
    ...cancel,
    kind: 'send',
    scenario: 'forgets-forever',
    at: { method: 'POST', path: '/api/v1/sandboxes/*/pause' },
    choices: {},
    rules: alwaysSent({ ...FORGETFUL, made: 1 }),
  },
  {
    name: 'answer that nobody has seen',
    ...cancel,
    kind: 'read',
    scenario: 'message',
    inputs: { ...branched.inputs, 'require-result': 'done' },
    choices: { cancelAt: 20, simulator: { api: 'agent-server' } },
    // The first look after the correction: the agent answers meanwhile.
    first: [{ method: 'GET', path: '/api/conversations?*', skip: 7, answer: { kind: 'hang' } }],
    at: { method: 'GET', path: '/api/conversations/*/events/search', from: 20 },
    // If the events cannot be read, the error says that the agent may continue.
    rules: always(CANCELLED),
  },
  {
    name: 'interrupt in a shared sandbox',
    ...cancel,
    kind: 'send',
    at: { method: 'POST', path: '/agent-server/*/interrupt' },
    rules: STOPPING,
    // An older agent server does not know the interrupt. Then it gets a pause.
    exceptions: { '404': { ...CANCELLED, made: 1 }, '405': { ...CANCELLED, made: 1 } },
    choices: { ...cancel.choices, neighbor: true, simulator: { sharedSandbox: true } },
  },
  {
    name: 'how the last one of a key stands',
    ...restarted,
    at: { ...LOOK_V1, unless: '/api/v1/app-conversations?*ids=*ids=*' },
    // One whose state cannot be read counts as not ended.
    rules: { ...reading(FINISHED, UNREACHABLE), late: NEXT, passing: { ...NEXT, made: 2 }, final: FINISHED },
  },
  {
    name: 'its pull request',
    ...restarted,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/12' },
    rules: JUDGING,
    // 404 means that the pull request does not exist any more, so it is not open.
    exceptions: { ...JUDGED_OTHERWISE, '404': { ...NEXT, made: 1 } },
  },
  {
    name: 'the repository of one that is gone',
    ...restarted,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo' },
    rules: JUDGING,
    exceptions: JUDGED_OTHERWISE,
    choices: { ...restarted.choices, github: { pullRequests: {} } },
  },
  {
    name: 'repository',
    ...fixed,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo' },
    rules: ANYWAY,
    exceptions: REFUSED_RIGHT,
  },
  {
    name: 'right to read checks',
    ...fixed,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/commits/main/check-runs' },
    rules: ANYWAY,
    exceptions: REFUSED_RIGHT,
  },
  {
    name: 'pull request',
    ...fixed,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/12' },
    rules: LOOKING,
  },
  {
    name: 'check runs',
    ...fixed,
    at: {
      method: 'GET',
      path: '/repos/octo-org/octo-repo/commits/*/check-runs',
      unless: '/repos/octo-org/octo-repo/commits/main/check-runs',
    },
    rules: LOOKING,
  },
  {
    name: 'commit statuses',
    ...fixed,
    at: {
      method: 'GET',
      path: '/repos/octo-org/octo-repo/commits/*/status',
      unless: '/repos/octo-org/octo-repo/commits/main/status',
    },
    rules: LOOKING,
  },
  {
    name: 'where the log is',
    ...fixed,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/actions/jobs/*/logs' },
    rules: ANYWAY,
  },
  {
    name: 'log',
    ...fixed,
    at: { method: 'GET', path: '/_logs/*' },
    rules: ANYWAY,
  },
  {
    name: 'earlier rounds',
    ...fixed,
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*kind__eq=MessageEvent*' },
    // Without earlier rounds it is unknown whether one more is allowed.
    rules: { ...LOOKING, final: STILL_RED, lasting: STILL_RED },
    choices: { ...fixed.choices, ...alone.choices },
  },
  {
    name: 'round',
    ...fixed,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/app-conversations/*/send-message' },
    rules: sending(STILL_RED),
    // 409 means that the sandbox is paused. The action resumes it and sends the message again.
    exceptions: { '409': { ...FINISHED, made: 2 } },
  },
  {
    name: 'start',
    version: 'v0',
    phase: 'start',
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations' },
    scenario: 'finish',
    rules: {
      late: { ...FINISHED, made: 1 },
      unsent: { ...FINISHED, made: 2 },
      postponed: { ...FINISHED, made: 2 },
      refused: NOT_STARTED,
      // V0 cannot report what happened to a start, so there is no second one, and the error says where to look.
      lost: { ...NOT_STARTED, look: true },
      done: { ...LOST_TRACK, made: 1, left: true },
      lasting: { ...NOT_STARTED, look: true },
    },
    exceptions: AT_LOGIN(NOT_STARTED),
  },
  {
    name: 'status',
    ...waitedV0,
    at: { method: 'GET', path: '/api/conversations/*' },
    rules: reading(UNREACHABLE),
  },
  {
    name: 'events with the state',
    ...waitedV0,
    at: { method: 'GET', path: '/api/conversations/*/events?*limit=20' },
    rules: reading(UNREACHABLE),
    // With 404 V0 means that it does not know the conversation. The next look decides.
    exceptions: { '404': { ...FINISHED, made: 1 } },
  },
  {
    name: 'events with the answer',
    ...waitedV0,
    at: { method: 'GET', path: '/api/conversations/*/events?*limit=100' },
    rules: reading(FINISHED),
  },
  {
    name: 'trajectory',
    ...waitedV0,
    at: { method: 'GET', path: '/api/conversations/*/trajectory' },
    inputs: { 'trajectory-file': 'trajectory.json' },
    rules: SAVING,
  },
  {
    name: 'status',
    ...followUp,
    version: 'v0',
    kind: 'read',
    at: { method: 'GET', path: '/api/conversations/*' },
    rules: reading(NOT_SENT),
    exceptions: AT_LOGIN({ ...NOT_SENT, made: 1 }),
  },
  {
    name: 'events before it',
    ...followUp,
    version: 'v0',
    kind: 'read',
    at: { method: 'GET', path: '/api/conversations/*/events' },
    rules: reading(NOT_SENT),
  },
  {
    name: 'message',
    ...followUp,
    version: 'v0',
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations/*/events' },
    rules: SENDING,
  },
  {
    name: 'start of a stopped conversation',
    ...followUp,
    version: 'v0',
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations/*/start' },
    rules: { ...SENDING, unsent: { ...NOT_SENT, made: 1 } },
    // A second start is harmless: a conversation that runs stays as it is.
    exceptions: {
      '503, Retry-After: 7': { ...FINISHED, made: 2 },
      '503, Retry-After: 7, request processed': { ...FINISHED, made: 2 },
    },
    choices: { earlier: 'stopped' },
  },
  {
    name: 'stop',
    ...cancel,
    version: 'v0',
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations/*/stop' },
    // The action does not ask first whether the conversation runs: a second stop changes nothing.
    rules: { ...STOPPING, late: CANCELLED, done: CANCELLED },
  },
  {
    name: 'pull request',
    ...reviewing,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7' },
    ...REVIEWABLE,
  },
  {
    name: 'its files',
    ...reviewing,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/files' },
    ...REVIEWABLE,
  },
  {
    name: 'its review threads',
    ...reviewing,
    at: { method: 'POST', path: '/graphql' },
    // Without them the review has no memory. They are waited for only for as long as one request may take.
    rules: reading(FINISHED),
    exceptions: {
      ...NO_DAY,
      'no answer ever comes': { ...FINISHED, made: 1 },
      'answer after 90 s': { ...FINISHED, made: 1 },
      'HTML page': FINISHED,
      'cut-off JSON': FINISHED,
      'no JSON': FINISHED,
    },
  },
  {
    name: 'its newest commit at the end',
    ...reviewing,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7', from: 10 },
    ...POSTING,
  },
  {
    name: 'reviews',
    ...reviewing,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/reviews' },
    ...POSTING,
  },
  {
    name: 'review',
    ...reviewing,
    kind: 'send',
    at: { method: 'POST', path: '/repos/octo-org/octo-repo/pulls/7/reviews' },
    rules: {
      late: { ...FINISHED, made: 1 },
      unsent: { ...FINISHED, made: 2 },
      postponed: { ...FINISHED, made: 2 },
      refused: { ...UNREACHABLE, made: 1 },
      lost: { ...FINISHED, made: 2 },
      done: { ...FINISHED, made: 1 },
      lasting: { ...UNREACHABLE, made: 5 },
    },
    exceptions: {
      ...NO_DAY,
      // GitHub refuses the lines.
      '422': { ...FLAT, made: 2 },
      'HTML page': { ...FINISHED, made: 2 },
      redirect: { ...FINISHED, made: 2 },
    },
  },
  {
    name: 'whose token it is',
    ...reviewing,
    at: { method: 'GET', path: '/user' },
    first: [
      {
        method: 'POST',
        path: '/repos/octo-org/octo-repo/pulls/7/reviews',
        when: 'after',
        answer: { kind: 'reset' },
      },
    ],
    rules: reading(UNREACHABLE),
    exceptions: {
      ...NO_DAY,
      // A token of a workflow may not read its account: then any bot may be it.
      '403': { ...FINISHED, made: 1 },
      'cut-off JSON': { ...FINISHED, made: 1 },
      'HTML page': FINISHED,
      'no JSON': FINISHED,
      'wrong JSON': FINISHED,
      redirect: FINISHED,
    },
  },
  {
    name: 'commit that a found agent looked at',
    ...reviewing,
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*kind__eq=MessageEvent*' },
    inputs: { ...reviewing.inputs, 'idempotency-key': 'review-7' },
    choices: { ...reviewing.choices, ...alone.choices, earlier: 'review' },
    // Its message names none.
    rules: always(FLAT),
  },
  {
    name: 'threads of the review',
    ...replying,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/reviews/80/comments' },
    rules: reading(UNREPLIED),
    exceptions: {
      ...NO_DAY,
      'HTML page': UNREPLIED,
      'cut-off JSON': UNREPLIED,
      'no JSON': UNREPLIED,
    },
  },
  {
    name: 'replies that are there',
    ...replying,
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/comments' },
    rules: reading(UNREPLIED),
    exceptions: {
      ...NO_DAY,
      'HTML page': FINISHED,
      'cut-off JSON': FINISHED,
      'no JSON': FINISHED,
      'wrong JSON': FINISHED,
      redirect: FINISHED,
    },
  },
  {
    name: 'reply',
    ...replying,
    kind: 'send',
    at: REPLY,
    rules: {
      late: { ...FINISHED, made: 1 },
      unsent: { ...FINISHED, made: 2 },
      postponed: { ...FINISHED, made: 2 },
      refused: { ...UNREPLIED, made: 1 },
      lost: { ...FINISHED, made: 2 },
      done: { ...FINISHED, made: 1 },
      lasting: { ...UNREPLIED, made: 5 },
    },
    exceptions: {
      ...NO_DAY,
      // The thread is gone: the other one still gets its reply.
      '404': ONE_REPLY,
      '410': ONE_REPLY,
      '422': ONE_REPLY,
      'HTML page': { ...FINISHED, made: 2 },
      redirect: { ...FINISHED, made: 2 },
    },
  },
  {
    name: 'answer of a blocked agent',
    ...judged,
    kind: 'read',
    scenario: 'blocked',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*limit=50' },
    choices: { ...judged.choices, ...alone.choices },
    // An answer that cannot be read is asked for once more. Nothing makes the step pass.
    rules: always(NOT_DONE, INVALID),
  },
  {
    name: 'message that asks for the missing line',
    ...judged,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/app-conversations/*/send-message' },
    inputs: { ...judged.inputs, message: 'Check the README\nsimulate: finish' },
    rules: sending(INVALID),
    exceptions: { '409': { ...FINISHED, made: 2 } },
  },
  {
    name: 'what a found agent was asked',
    ...judged,
    kind: 'read',
    at: { method: 'GET', path: '/api/v1/conversation/*/events/search?*kind__eq=MessageEvent*' },
    inputs: { 'require-result': 'done', 'idempotency-key': 'issue-12' },
    choices: { ...judged.choices, ...alone.choices, earlier: 'finish' },
    rules: reading(UNREACHABLE),
  },
  {
    name: 'status before a found agent is asked for the missing line',
    ...forgotten,
    kind: 'read',
    at: { ...LOOK_V1, from: ASKED_FROM },
    rules: reading(INVALID),
  },
  {
    name: 'messages before a found agent is asked for the missing line',
    ...forgotten,
    kind: 'read',
    at: {
      method: 'GET',
      path: '/api/v1/conversation/*/events/search?*kind__eq=MessageEvent*',
      from: ASKED_FROM,
    },
    rules: reading(INVALID),
  },
  {
    name: 'answer before a found agent is asked for the missing line',
    ...forgotten,
    kind: 'read',
    at: {
      method: 'GET',
      path: '/api/v1/conversation/*/events/search?*limit=50',
      from: ASKED_FROM,
    },
    rules: reading(INVALID),
  },
  {
    name: 'message that asks a found agent for the missing line',
    ...forgotten,
    kind: 'send',
    at: { method: 'POST', path: '/api/v1/app-conversations/*/send-message' },
    rules: sending(INVALID),
    exceptions: { '409': { ...FINISHED, made: 2 } },
  },
  {
    name: 'pull request',
    ...judged,
    kind: 'read',
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/12' },
    // One that cannot be read counts.
    rules: ANYWAY,
  },
  {
    name: 'comment of the step',
    ...commented,
    at: { method: 'POST', path: '/repos/octo-org/octo-repo/issues/1/comments' },
    rules: COMMENTED,
  },
  {
    name: 'edit of the comment',
    ...commented,
    at: { method: 'PATCH', path: '/repos/octo-org/octo-repo/issues/comments/*' },
    rules: COMMENTED,
  },
  {
    name: 'last edit of the comment',
    ...commented,
    at: { method: 'PATCH', path: '/repos/octo-org/octo-repo/issues/comments/*', from: 15 },
    rules: COMMENTED,
  },
  {
    name: 'deletion of the comment that a new one replaces',
    ...commented,
    scenario: 'long',
    at: { method: 'DELETE', path: '/repos/octo-org/octo-repo/issues/comments/*' },
    // The old one is edited instead, unless GitHub says that it is gone.
    rules: alwaysSent(FINISHED, STALE),
    exceptions: {
      '404': STALE,
      '410': STALE,
      'HTML page': STALE,
      'no JSON': STALE,
      'wrong JSON': STALE,
      '`success: false`, 2 MB of words': STALE,
    },
  },
  {
    name: 'search for a comment whose answer was lost',
    ...commented,
    at: { method: 'POST', path: '/graphql' },
    first: [
      {
        method: 'POST',
        path: '/repos/octo-org/octo-repo/issues/1/comments',
        when: 'after',
        answer: { kind: 'reset' },
      },
    ],
    rules: COMMENTED,
  },
  {
    name: 'reply of the step in its thread',
    ...inThread,
    at: REPLY,
    rules: COMMENTED,
    // The thread is gone: the comment stands on the pull request.
    exceptions: { '404': FINISHED, '410': FINISHED, '422': FINISHED },
  },
  {
    name: 'edit of the reply',
    ...inThread,
    at: { method: 'PATCH', path: '/repos/octo-org/octo-repo/pulls/comments/*' },
    rules: COMMENTED,
  },
  {
    name: 'last edit of the reply',
    ...inThread,
    at: { method: 'PATCH', path: '/repos/octo-org/octo-repo/pulls/comments/*', from: 15 },
    rules: COMMENTED,
  },
  {
    name: 'deletion of the reply that a new one replaces',
    ...inThread,
    scenario: 'long',
    at: { method: 'DELETE', path: '/repos/octo-org/octo-repo/pulls/comments/*' },
    rules: alwaysSent(FINISHED, STALE),
    exceptions: {
      '404': STALE,
      '410': STALE,
      'HTML page': STALE,
      'no JSON': STALE,
      'wrong JSON': STALE,
      '`success: false`, 2 MB of words': STALE,
    },
  },
  {
    name: 'search for a reply whose answer was lost',
    ...inThread,
    kind: 'read',
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/comments' },
    first: [{ ...REPLY, when: 'after', answer: { kind: 'reset' } }],
    rules: always(FINISHED, STALE),
  },
  {
    name: 'thread of the task',
    version: 'v1',
    phase: 'start',
    kind: 'read',
    scenario: 'finish',
    inputs: { message: '', 'message-template': '{{ github.event.comment.body }}' },
    choices: { hasThreads: true },
    at: { method: 'GET', path: '/repos/octo-org/octo-repo/pulls/7/comments' },
    rules: ANYWAY,
  },
  {
    name: 'folder, for a branch at an agent server',
    ...branched,
    kind: 'read',
    at: { method: 'GET', path: '/api/file/archive' },
    // Without an answer, the server is asked anyway: it says itself if it cannot make a worktree.
    rules: { ...always(FINISHED), final: { ...FINISHED, made: 1 } },
    exceptions: {
      '400': NOTHING_STARTED,
      // An answer that names no commit, for a folder in which files have changed.
    },
  },
  {
    name: 'start with a branch at an agent server',
    ...branched,
    kind: 'send',
    at: { method: 'POST', path: '/api/conversations' },
    rules: V1_START_RULES,
    // The tags may be why: without them the server accepts the start.
    exceptions: { '422': { ...FINISHED, made: 2 } },
  },
  {
    name: 'commit of the worktree, for a patch at an agent server',
    ...branched,
    kind: 'read',
    at: { method: 'GET', path: '/api/file/archive?*base_ref=origin*' },
    inputs: { ...branched.inputs, 'patch-file': 'changes.patch' },
    // Without it, the log of HEAD shows the commit.
    rules: { ...always(FINISHED), passing: ONCE, final: ONCE },
  },
  {
    name: 'what the model was told, of an agent without tools',
    ...branched,
    kind: 'read',
    at: { method: 'GET', path: '/api/conversations/*/events/search?*sort_order=TIMESTAMP&*' },
    inputs: { ...branched.inputs, branch: '', 'working-directory': '', tools: 'none' },
    // For a minute, any failure is asked about again. Then the agent is paused.
    rules: always(FINISHED, NOT_SENT),
  },
  {
    name: 'conversations at work, before a start without a branch at an agent server',
    ...branched,
    kind: 'read',
    at: { method: 'GET', path: '/api/conversations/search' },
    inputs: { ...branched.inputs, branch: '' },
    // It only leads to a warning.
    rules: { ...always(FINISHED), passing: ONCE, final: ONCE },
  },
  {
    name: 'folder of the agent, for a branch at an agent server',
    ...branched,
    kind: 'read',
    at: { method: 'GET', path: '/api/conversations' },
    // The stop looks at the same conversation next.
    rules: { ...reading(UNREACHABLE), final: UNREACHABLE },
  },
];

/** A fault at a request, with its rule. */
export interface Case {
  readonly request: MatrixRequest;
  readonly fault: MatrixFault;
  readonly rule: Rule;
}

/** Returns the cases of a request: one for each fault that differs there. */
export function casesOf(request: MatrixRequest): readonly Case[] {
  return FAULTS.flatMap((fault) => caseOf(request, fault) ?? []);
}

/** One case in this many is in the sample. */
const SAMPLE = 9;

/** Returns the cases of a request that are run with all other tests: each request with other faults than the one before. */
export function sampleOf(request: MatrixRequest): readonly Case[] {
  const at = REQUESTS.indexOf(request);
  return FAULTS.flatMap((fault, each) => ((at + each) % SAMPLE === 0 ? (caseOf(request, fault) ?? []) : []));
}

function caseOf(request: MatrixRequest, fault: MatrixFault): Case | undefined {
  // GitHub's redirects are no login.
  const isFinal = fault.name === 'redirect' && isOfGithub(request.at.path);
  const classed: MatrixFault = isFinal ? { ...fault, read: 'final', send: 'refused' } : fault;
  const rule = request.exceptions?.[fault.name] ?? classRule(request, classed);
  return rule && { request, fault, rule };
}

function classRule(request: MatrixRequest, { read, send }: MatrixFault): Rule | undefined {
  if (request.kind === 'send') return request.rules[send];
  return read && request.rules[read];
}

/** The result of a case, and what is wrong with it. */
export interface Verdict {
  readonly status: string;
  readonly conversations: number;
  readonly made: number;
  readonly atWork: number;
  readonly wrong: readonly string[];
}

/** Runs a case. */
export async function runCase({ request, fault, rule }: Case): Promise<Verdict> {
  const { at, version, scenario, inputs, choices, first } = request;
  let left = fault.mishap.times ?? 1;
  const mishapOf = (asked: SentRequest): Mishap | undefined => {
    if (left === 0 || !isAt(asked, at)) return undefined;
    left -= 1;
    return fault.mishap;
  };
  const ran = await play(scenario, version, { 'api-version': version, ...inputs }, first, {
    ...choices,
    mishapOf,
  });
  const atWork = ran.left.filter(isAtWork).length;
  const seen = { status: ran.outcome.status, conversations: ran.conversations, made: madeOf(request, ran) };
  return { ...seen, atWork, wrong: [...differences(seen, rule), ...brokenRules(ran, request, rule, atWork)] };
}

function isAt(
  { method, target, at }: SentRequest,
  { method: wanted, path, from = 0, unless }: MatrixRequest['at'],
): boolean {
  const isOther = unless !== undefined && isMatch(unless, target);
  return method === wanted && at >= from && isMatch(path, target) && !isOther;
}

function madeOf({ kind, at, beside }: MatrixRequest, { requests: all }: StepRun): number {
  const asked = beside === undefined ? all : all.filter((each) => !isAt(each, beside));
  const there = asked.filter((each) => isAt(each, at));
  if (kind === 'send') return there.length;
  const struck = asked.findIndex((each) => each.mishap !== undefined && isAt(each, at));
  if (struck < 0) return 0;
  return asked[struck + 1]?.target === asked[struck]?.target ? 2 : 1;
}

/** Whether something holds, and the text that says what is wrong if it does not. */
type Check = readonly [holds: boolean, wrong: string];

function failed(checks: readonly Check[]): readonly string[] {
  return checks.flatMap(([holds, wrong]) => (holds ? [] : [wrong]));
}

function differences(
  seen: Pick<Verdict, 'status' | 'conversations' | 'made'>,
  { status: expected, conversations, made = seen.made }: Rule,
): readonly string[] {
  return failed([
    [seen.status === expected, `status ${seen.status} instead of ${expected}`],
    [seen.conversations === conversations, `${seen.conversations} conversations instead of ${conversations}`],
    [seen.made === made, `made ${seen.made} times instead of ${made}`],
  ]);
}

/** Returns what is wrong with a step by the rules for all cases. */
function brokenRules(ran: StepRun, { phase }: MatrixRequest, rule: Rule, atWork: number): readonly string[] {
  const { runner, seconds, neighbor, requests } = ran;
  const { look = false, left = false } = rule;
  const failures = runner.failures.join('\n');
  const errors = SUCCEEDS[ran.outcome.status] ? 0 : 1;
  return [
    ...leaks(ran).map((place) => `a secret in the ${place}`),
    ...unbounded(ran).map((place) => `too long a text in the ${place}`),
    ...failed([
      [requests.some(({ mishap }) => mishap !== undefined), 'the request was never made'],
      [runner.failures.length === errors, `${runner.failures.length} lines of error instead of ${errors}`],
      [
        (runner.outputs['failure-kind'] ?? 'unknown') === 'unknown' ? errors === 0 : errors === 1,
        'the failure kind is unknown',
      ],
      [
        // With a key, the next run finds it. A server on the runner ends with the job: there is nothing left to look at.
        !look ||
          phase === 'key' ||
          failures.includes('(another agent starts over)') ||
          /make sure at (?:GET )?http\S+ that the (?:request has|conversation was) not /.test(failures),
        'the error does not say where to look',
      ],
      ...(atWork > 0 && !mayContinue(ran) ? ofAgentAtWork(failures, left) : []),
      [phase !== 'checks' || isHonest(ran), 'it is green without green checks'],
      [tellsEnd(phase, ran, rule), 'a comment does not show the end'],
      [phase !== 'pictures' || tellsPicture(ran), 'the message has neither its picture nor a line about it'],
      [isReplied(phase, ran, rule), 'replies are missing, or there twice'],
      [isReviewed(phase, ran, rule), 'the review is missing, flat, not flat or there twice'],
      [neighbor === undefined || isAtWork(neighbor), "somebody else's agent was stopped"],
      [seconds <= MAX_SECONDS, `it took ${seconds} s`],
    ]),
  ];
}

/** Whether the agent goes on as the inputs ask: the step did not wait for it. */
function mayContinue({ outcome }: StepRun): boolean {
  return outcome.status === 'running';
}

/** Returns the rules for a step that leaves an agent at work: it may, and says so, or where to look. */
function ofAgentAtWork(failures: string, mayBeLeft: boolean): readonly Check[] {
  const saysSo =
    /may continue|continues|check whether the agent is still working|make sure (?:at|that) /.test(failures);
  return [
    [mayBeLeft, 'the agent is left at work'],
    [saysSo, 'no error says that the agent is left at work'],
  ];
}

/** Whether the step fails, or has green checks. */
function isHonest({ outcome, runner }: StepRun): boolean {
  return !SUCCEEDS[outcome.status] || runner.outputs['checks'] === 'passed';
}

/** Whether a step that keeps a comment has one, and each shows the end. */
function tellsEnd(
  phase: MatrixRequest['phase'],
  { comments, replies }: StepRun,
  { stale = false }: Rule,
): boolean {
  if (phase !== 'comment' || stale) return true;
  const own = [...comments, ...replies];
  return own.length > 0 && own.every(({ body }) => body.includes('### ✅'));
}

/** Whether the message has the picture, or both the message and the log say why not. */
function tellsPicture({ messages, runner }: StepRun): boolean {
  const [message = '', ...others] = messages;
  const [has, says] = [message.includes('data:image/png;base64,'), message.includes('not sent: 1 picture')];
  const hasWarned = runner.log.some((line) => line.includes('Warning: 1 of 1 picture not sent: '));
  return others.length === 0 && has !== says && says === hasWarned;
}

/** Whether each of the two threads has its reply, as far as the rule says, and none has two. */
function isReplied(
  phase: MatrixRequest['phase'],
  { replies }: StepRun,
  { replies: count = 2 }: Rule,
): boolean {
  const threads = new Set(replies.map(({ thread }) => thread));
  return phase !== 'replies' || (threads.size === replies.length && threads.size === count);
}

/** Whether a step that has finished has one review, with comments on the lines that GitHub takes, and one that fails at most one. */
function isReviewed(
  phase: MatrixRequest['phase'],
  { outcome, reviews }: StepRun,
  { flat = false }: Rule,
): boolean {
  if (phase !== 'review' || outcome.status !== 'finished') return reviews.length <= 1;
  return reviews.length === 1 && reviews.every(({ comments }) => comments.length === (flat ? 0 : 2));
}

/** The default of timeout-seconds, and how long it may take to pause the agent after that. */
const MAX_SECONDS = 1800 + 30;

const MAX_LINE = 2_000;
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** Returns the places whose text is longer than people read, or than GitHub accepts. */
export function unbounded({ runner, file }: Pick<StepRun, 'runner' | 'file'>): readonly string[] {
  const { response = '', ...outputs } = runner.outputs;
  const isLong = (text: string): boolean => text !== file && text.length > MAX_LINE;
  const places = {
    log: runner.log.some(isLong),
    error: runner.failures.some(isLong),
    summary: Buffer.byteLength(runner.page()) > MAX_SUMMARY_BYTES,
    outputs: Object.values(outputs).some(isLong),
    response: Buffer.byteLength(response) > 128 * 1024,
    state: isLong(JSON.stringify(runner.savedState())),
  };
  return Object.entries(places).flatMap(([place, isThere]) => (isThere ? [place] : []));
}

/** Returns the places that show a secret. */
export function leaks({ runner, secrets, file }: StepRun): readonly string[] {
  const places = {
    log: runner.log.join('\n'),
    error: runner.failures.join('\n'),
    summary: runner.page(),
    outputs: JSON.stringify(runner.outputs),
    state: JSON.stringify(runner.savedState()),
    'response-file': file,
  };
  return Object.entries(places).flatMap(([place, text]) =>
    secrets.some((secret) => text.includes(secret)) ? [place] : [],
  );
}
