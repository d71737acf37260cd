/** The action with a function or a constant replaced: a fix that is taken back, or a break of what no seam reaches. */
interface Replacement {
  /** The promises that are then broken. */
  readonly promises: readonly string[];
  readonly file: string;
  /**
   * The function or constant of the file, as it is without the fix: TypeScript that declares the same name. In it, `whole` is the one of
   * the file.
   */
  readonly instead: string;
}

/** Defects that the action once had, or may get. The search must find all of them. */
export const FIXES: Readonly<Record<string, Replacement>> = {
  'post tries to write the comment only once': {
    promises: ['one comment'],
    file: 'src/comment/updates.ts',
    instead: 'async function keepTrying(write) { await write(); }',
  },
  'a comment in a thread is only looked for outside of it': {
    promises: ['one comment'],
    file: 'src/comment/thread.ts',
    instead: 'async function listReplies() { return []; }',
  },
  'post forgets how main has ended': {
    promises: ['one status'],
    file: 'src/step/post-report.ts',
    instead:
      "function endOfMain(status, read, problem) { return whole(status && 'unreachable', read, problem); }",
  },
  'the first plan is kept': {
    promises: ['the plan is the newest'],
    file: 'src/record/agent-steps.ts',
    instead: `function withSteps(before, reported) {
      const after = whole(before, reported);
      return { ...after, plan: before.plan ?? after.plan };
    }`,
  },
  'titles of a plan are Markdown': {
    promises: ['titles are inert'],
    file: 'src/report/plan.ts',
    instead: "function taskLine({ title }) { return '- [ ] ' + title; }",
  },
  'anybody may put an agent to work': {
    promises: ['only who may'],
    file: 'src/github/permission.ts',
    instead: 'async function checkPermission() {}',
  },
  'an agent without tools works in the folder of the others': {
    promises: ['without tools'],
    file: 'src/step/converse.ts',
    instead: "const EMPTY_FOLDERS = '/srv/project/';",
  },
  'a start without tools has a profile': {
    promises: ['without tools'],
    file: 'src/openhands/agent-server/wire.ts',
    instead: `async function buildStartBody(http, request) {
      const body = await whole(http, request);
      return request.hasNoTools ? { ...body, agent_profile_id: 'any' } : body;
    }`,
  },
  'a start without tools names those of every agent': {
    promises: ['without tools'],
    file: 'src/openhands/agent-server/wire.ts',
    instead: `async function buildStartBody(http, request) {
      return whole(http, { ...request, hasNoTools: false });
    }`,
  },
  'an answer is used although the server has given the agent tools': {
    promises: ['without tools'],
    file: 'src/wait/tools.ts',
    instead: 'async function requireNoTools() {}',
  },
  'a key stands for agents with and without tools': {
    promises: ['without tools'],
    file: 'src/start/key.ts',
    instead: `function conversationIdOf(key, scope, generation) {
      return whole(key, { ...scope, hasNoTools: false }, generation);
    }`,
  },
  'nobody asks whether the repository was cloned': {
    promises: ['the repository is there'],
    file: 'src/session/clone.ts',
    instead: 'async function checkClone() {}',
  },
  'a step that finds a conversation does not ask whether its repository was cloned': {
    promises: ['the repository is there'],
    file: 'src/start/start.ts',
    instead: `async function beginAfterStart(created, origin, wanted, session) {
      if (origin.kind !== 'found') return whole(created, origin, wanted, session);
      const { mayLackClone, ...begun } = await whole(created, origin, wanted, { ...session, workplace: undefined });
      return begun;
    }`,
  },
  'an empty folder fails a start': {
    promises: ['a failed start has a cause'],
    file: 'src/openhands/agent-server/folder.ts',
    instead: `async function commitFailure(error, at, reader = 'patch-file') {
      return whole(error, at, reader);
    }`,
  },
  'a message is sent again if the lost one is not found': {
    promises: ['messages once'],
    file: 'src/continue/send.ts',
    instead: `async function waitForArrival(sending, session) {
      if (await whole(sending, session)) return true;
      const again = await catchFailure(session.api.send(sending.id, await sending.message.write(), session.signal));
      return !(again instanceof ApiFailure) && again.kind === 'delivered';
    }`,
  },
  'what a conversation had cost before the step is always 0': {
    promises: ['the outcome file is right'],
    file: 'src/step/outcome-file.ts',
    instead: `function textOf(account, known, workflow) {
      return whole(account, { ...known, 'cost-before-usd': 0 }, workflow);
    }`,
  },
  'reused is always false': {
    promises: ['reused is right'],
    file: 'src/step/sinks.ts',
    instead: `function outputsAfter(event, record, before) {
      const outputs = whole(event, record, before);
      return outputs.reused === undefined ? outputs : { ...outputs, reused: 'false' };
    }`,
  },
  "another run's agent over budget goes on if the step has a message for it": {
    promises: ['no agent unseen', 'no agent left', 'the budget holds'],
    file: 'src/continue/send.ts',
    instead:
      'function rememberBefore(_look, id, facts, session) { return new Watch({ id, facts }, session); }',
  },
  'a cost that the server does not tell is not spoken of at the end': {
    promises: ['the cost is right'],
    file: 'src/session/budget.ts',
    instead: 'function reportUntoldCost() {}',
  },
  'an agent that has answered the last message may continue': {
    promises: ['no false alarm'],
    file: 'src/openhands/sdk/history.ts',
    instead: 'async function hasAnswered() { return false; }',
  },
  'a sandbox is paused although somebody else has just started in it': {
    promises: ['the neighbor works'],
    file: 'src/openhands/v1/start.ts',
    instead: 'async function hasOtherStart() { return false; }',
  },
  'a step that finds an answer without its line does not ask for that': {
    promises: ['done is said'],
    file: 'src/result/result.ts',
    instead: `async function requireResult(ended, context) {
      const record = () => ({ ...context.record(), hasCorrected: context.record().hasCorrected || !hasAsked(context.record()) });
      return whole(ended, context && { ...context, record });
    }`,
  },
  'each of several steps asks the agent for another answer': {
    promises: ['messages once'],
    file: 'src/continue/correction.ts',
    instead: `async function waitForTurn({ conversation, facts }, _invalid, { session }, said) {
      const before = said ?? (await session.api.readMessages(conversation.id, session.signal)).said;
      return { facts, cursor: cursorAfter(before) };
    }`,
  },
  'an agent that has forgotten its message has finished': {
    promises: ['the end is true'],
    file: 'src/openhands/sdk/condensation.ts',
    instead: 'function hasForgottenMessage() { return false; }',
  },
  'an agent that forgets again and again is waited for': {
    promises: ['the end is true'],
    file: 'src/port/condensations.ts',
    instead: 'const MAX_CONDENSATIONS = Infinity;',
  },
  'a key that is refused is used until the time is over': {
    promises: ['in time'],
    file: 'src/session/ask.ts',
    instead: 'const MAX_KEY_REFUSALS = Infinity;',
  },
  'a step without all its pictures fails': {
    promises: ['no step fails for a picture'],
    file: 'src/github/pictures.ts',
    instead: `async function readPictures(texts, source) {
      const read = await whole(texts, source);
      if (read.all.some(({ leftOut }) => leftOut.length > 0)) throw new Error('a picture is missing');
      return read;
    }`,
  },
  'the reason why a picture is missing has its signed address': {
    promises: ['no secret'],
    file: 'src/github/pictures.ts',
    instead: `async function download(address, limitBytes, source) {
      return whole(address, limitBytes, source).catch(() => {
        throw new AttemptFailed({ kind: 'network', reason: address.href });
      });
    }`,
  },
  'a message does not tell which pictures are missing': {
    promises: ['pictures are told'],
    file: 'src/message/pictures.ts',
    instead: `function describePictures(all) {
      return whole(all.map((each) => ({ ...each, leftOut: [] })));
    }`,
  },
  'a list that is too large is not read in pieces': {
    promises: ['the end is true'],
    file: 'src/openhands/history.ts',
    instead: 'async function readUnlessTooLarge(read, count, from) { return read(count, from); }',
  },
  'a follow-up has the pictures of the issue, too': {
    promises: ['pictures are told'],
    file: 'src/step/pictures.ts',
    instead: "const OF_FOLLOW_UP = [...whole, 'github.event.issue.body'];",
  },
};

/** Returns the declarations of a source that have the name of a replacement. There should be one. */
export function declarationsIn(source: string, { instead }: Pick<Replacement, 'instead'>): readonly string[] {
  const [, name = ''] = DECLARATION.exec(instead) ?? [];
  return source.match(new RegExp(String.raw`\b(?:function|const) ${name}\b`, 'g')) ?? [];
}

const DECLARATION = /\b(?:function|const) (\w+)\b/;

/** Returns a source with the function or constant replaced. */
export function replacedIn(source: string, replacement: Pick<Replacement, 'instead'>): string {
  const [declaration = ''] = declarationsIn(source, replacement);
  const [keyword = ''] = declaration.split(' ');
  return `${source.replace(declaration, `${keyword} whole`)}\nexport ${replacement.instead}\n`;
}
