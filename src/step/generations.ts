import { findOpenReason } from '../github/open-pull-request.ts';
import type { Key } from '../inputs/work.ts';
import { messageAfter } from '../message/agent-message.ts';
import { redraft, type RunMark } from '../port/assignment.ts';
import { type Conversation, linkTo } from '../port/conversation.ts';
import { hasConversation, type Outcome } from '../port/outcome.ts';
import type { KnownPlace } from '../port/place.ts';
import { wholeAnswerOf } from '../report/answer.ts';
import { pullRequestUrls } from '../report/pull-requests.ts';
import { isBlocked } from '../result/result.ts';
import { isBudgetSpent } from '../session/budget.ts';
import {
  conversationIdOf,
  FEW_IDS,
  findGenerations,
  type Generations,
  MAX_IDS,
  type WantedStart,
} from '../start/key.ts';
import { readCurrentOutcome } from '../wait/wait.ts';
import type { ConnectedContext } from './context.ts';

/** A start without its id. */
interface DraftedStart extends Pick<WantedStart, 'message' | 'followUp'> {
  readonly request: Omit<WantedStart['request'], 'id'>;
}

/**
 * Returns what to ask the server for with a key: its newest conversation; or a new one, if there is none, or if the newest has ended as
 * `if-exists` requires. The conversations of a key are numbered from 0, and the number makes the id. The caller calls `next` if the server
 * turns out to hide the conversation, or it is archived.
 */
export async function wantedStartOfKey(
  { text, ifExists, account, mark }: Key & { readonly account: string; readonly mark: RunMark | undefined },
  { request, message, followUp }: DraftedStart,
  context: ConnectedContext,
): Promise<WantedStart> {
  const { world, inputs, api, signal } = context;
  // The repository is part of the key even at an agent server, which clones none: with one recipe, two repositories have two conversations.
  const repository = request.workplace?.repository;
  const { baseUrl, hasNoTools } = inputs;
  const scope = { baseUrl, account, hasNoTools, ...(repository !== undefined && { repository }) };
  const idOf = (generation: number): string => conversationIdOf(text, scope, generation);
  const mayRestart = ifExists !== 'attach' && ifExists !== 'send';
  // With `restart…`, a key can have many conversations.
  const search = async (hidden?: number): Promise<Generations> =>
    findGenerations(
      { api, clock: world.clock, idOf, repository, signal, hidden },
      mayRestart ? MAX_IDS : FEW_IDS,
    );
  /**
   * `found`: where the conversation with this number was found; absent for a new one. `archived`: the one before it, which can take no
   * message any more.
   */
  const startWith = (number: number, found?: KnownPlace, archived?: Conversation): WantedStart => ({
    request: { ...request, id: idOf(number) },
    message: archived ? redraft(message, (text) => messageAfter(linkTo(archived), text)) : message,
    followUp,
    isShared: true,
    isReplaceable: mayRestart,
    ...(found && { found }),
    ...(mark && { mark }),
    next: async (before = archived) => nextAfter(number, before),
  });
  const nextAfter = async (number: number, archived?: Conversation): Promise<WantedStart> => {
    const later = await search(number);
    // Another run may have started a newer conversation since.
    if (later.newest !== undefined && later.newest.number > number)
      return startWith(later.newest.number, later.newest.place);
    return startWith(Math.max(number + 1, later.free), undefined, archived);
  };
  const { newest, free } = await search();
  const isRestarted =
    newest !== undefined && mayRestart && (await decideRestart(ifExists, newest.id, context));
  if (newest === undefined || isRestarted) return startWith(free);
  return startWith(newest.number, newest.place);
}

type Restart = Exclude<Key['ifExists'], 'attach' | 'send'>;

/** Decides, and reports, whether the newest conversation of a key has ended as `if-exists` requires, so that another one is started. */
async function decideRestart(ifExists: Restart, id: string, context: ConnectedContext): Promise<boolean> {
  const { api, recorder, tools } = context;
  const current = await readCurrentOutcome(id, tools.session);
  const because = await whyNotRestarted(ifExists, current, context);
  const conversation = api.conversation(id);
  recorder.emit({ kind: 'restart-decided', conversation, ...(because !== undefined && { because }) });
  return because === undefined;
}

/** Of how many pull requests the step asks whether they are open: one request for each. */
const MAX_ASKED_PULL_REQUESTS = 10;

/** The ends after which another conversation may start. After the others, a person can still answer or resume the agent. */
const ENDED: readonly Outcome['status'][] = ['finished', 'error', 'stuck', 'missing'];

/** Returns why no other conversation is started, for the middle of a sentence; `undefined` if one is started. */
async function whyNotRestarted(
  restart: Restart,
  current: Outcome,
  { world, inputs, github }: ConnectedContext,
): Promise<string | undefined> {
  // At its budget, a conversation counts as ended once its agent is not at work: nothing resumes it.
  const hasEnded =
    hasConversation(current) &&
    (ENDED.includes(current.status) ||
      (current.status !== 'running' && isBudgetSpent(current.facts, inputs)));
  if (!hasEnded) return 'the last one has not ended';
  switch (restart) {
    case 'restart':
      return undefined;
    case 'restart-failed':
      // With require-result, an agent that says that it is blocked has failed.
      return current.status === 'finished' && !(inputs.result && isBlocked(current))
        ? 'the last one finished'
        : undefined;
    case 'restart-merged': {
      const { gitHubUrl } = world.workflow;
      const { facts } = current;
      const urls = pullRequestUrls(facts, [wholeAnswerOf(current) ?? ''], inputs.workplace, gitHubUrl);
      // An answer can name many, and all workflows of a repository share one rate limit.
      if (urls.length > MAX_ASKED_PULL_REQUESTS)
        return `the last one names ${urls.length} pull requests, and the step reads at most ${MAX_ASKED_PULL_REQUESTS}: the others count as open`;
      const reasons = await Promise.all(urls.map(async (url) => findOpenReason(url, { github, gitHubUrl })));
      return reasons.find((why) => why !== undefined);
    }
  }
}
