/** A fix of the action that can be taken back. */
interface Fix {
  /** The promises that are broken without it. */
  readonly promises: readonly string[];
  readonly file: string;
  /** A part of the file that is there once. */
  readonly now: string;
  /** The same part as it was without the fix. */
  readonly before: string;
}

/** Defects that the action once had, and the edit that brings each back. The search must find all of them. */
export const FIXES: Readonly<Record<string, Fix>> = {
  'an edit of the comment that is refused once is the last': {
    promises: ['one comment'],
    file: 'src/comment/updates.ts',
    now: 'return (await tryTo(write)) || !comment.mayBeThere();',
    before: 'return isRefusedForGood(failure) || (await tryTo(write)) || isRefusedForGood(failure);',
  },
  'post tries to write the comment only once': {
    promises: ['one comment'],
    file: 'src/comment/updates.ts',
    now: 'limit === undefined ? async () => keepTrying(end, { clock, signal, endsBy }) : end;',
    before: 'end;',
  },
  "another run's agent over budget goes on if the step has a message for it": {
    promises: ['no agent unseen', 'no agent left', 'the budget holds'],
    file: 'src/wait/send.ts',
    now: 'return isSpent ? lookAtSpent({ id, mark, facts }, look, session) : facts;',
    before: 'return facts;',
  },
  'a cost that the server does not tell is not spoken of at the end': {
    promises: ['the cost is right'],
    file: 'src/wait/budget.ts',
    now: 'if (maxCostUsd !== undefined && tokens !== undefined && costUsd === undefined)',
    before: 'if (false)',
  },
  'an agent that has answered the last message may continue': {
    promises: ['no false alarm'],
    file: 'src/openhands/agent/history.ts',
    now: "return activityOf(status) === 'ended';",
    before: 'return false;',
  },
  'a sandbox is paused although somebody else has just started in it': {
    promises: ['the neighbor works'],
    file: 'src/openhands/v1/control.ts',
    now: 'if (isAboutToBeShared || existing.some(',
    before: 'if (existing.some(',
  },
  'a step that finds an answer without its line does not ask for that': {
    promises: ['done is said'],
    file: 'src/result/result.ts',
    now: '...(context.mayCorrect && {',
    before: '...(context.mayCorrect && context.hasAsked && {',
  },
  'each of several steps asks the agent for another answer': {
    promises: ['messages once'],
    file: 'src/wait/correction.ts',
    now: 'if (asked !== undefined && messagesAfter(asked, before).length <= 1) return { facts, cursor };',
    before: 'return { facts, cursor };',
  },
  'an agent that has forgotten its message has finished': {
    promises: ['the end is true'],
    file: 'src/openhands/agent/history.ts',
    now: 'if (hasEnded && hasForgottenMessage(events)) return true;',
    before: '',
  },
  'an agent that forgets again and again is waited for': {
    promises: ['the end is true'],
    file: 'src/port/condensations.ts',
    now: 'export const MAX_CONDENSATIONS = 3;',
    before: 'export const MAX_CONDENSATIONS = Infinity;',
  },
  'a key that is refused is used until the time is over': {
    promises: ['in time'],
    file: 'src/wait/session.ts',
    now: 'const MAX_KEY_REFUSALS = 2;',
    before: 'const MAX_KEY_REFUSALS = Infinity;',
  },
};
