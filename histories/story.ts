import type { Violation } from './checks/violation.ts';
import type { Played } from './play.ts';
import { eventsOf } from './truth.ts';

/** A line of a story. */
interface Beat {
  readonly at: number;
  readonly who: string;
  readonly text: string;
}

const MAX_TEXT = 400;

/** Returns what happened in a history in order of time, what is wrong with it, and the command that repeats it. */
export function storyOf(played: Played, violations: readonly Violation[], planned: string): string {
  const { history } = played;
  const wrong = violations.map(
    ({ promise, step, text }) => `✗ ${promise}${step === undefined ? '' : ` (step ${step})`}: ${text}`,
  );
  const all = [...ofAgents(played), ...ofPeople(played), ...ofSteps(played)];
  const beats = joined(all.sort((one, other) => one.at - other.at));
  return [
    `━━ Seed ${history.seed}`,
    ...(wrong.length === 0 ? ['No promise is broken.'] : wrong),
    '',
    `What was to happen (${planned}):`,
    JSON.stringify(history, null, 2),
    '',
    'What happened:',
    ...beats.map(
      ({ at, who, text }) =>
        `${at.toFixed(3).padStart(10)}  ${who.padEnd(12)} ${text.replaceAll('\n', '\n'.padEnd(26)).slice(0, MAX_TEXT)}`,
    ),
    '',
    'In the end:',
    ...played.steps.map(
      ({ number, main, post, outputs }) =>
        `step ${number}: main ${main}, post ${post}, ${JSON.stringify(withoutText(outputs))}`,
    ),
    ...played.conversations.map(({ id, state }) => `conversation ${id}: ${JSON.stringify(state)}`),
    ...played.comments.map(
      ({ id, issue, body }) => `comment ${id} on ${issue}: ${body.split('\n')[0] ?? ''}`,
    ),
    '',
    `Again: npm run histories -- --only ${history.seed}`,
  ].join('\n');
}

/** Joins polls that follow each other to one line. */
function joined(beats: readonly Beat[]): readonly Beat[] {
  const lines: (Beat & { readonly more: number })[] = [];
  for (const beat of beats) {
    const last = lines.at(-1);
    const isAgain = last?.who === beat.who && isPoll(beat) && isPoll(last) && pathOf(beat) === pathOf(last);
    if (isAgain) lines[lines.length - 1] = { ...last, more: last.more + 1 };
    else lines.push({ ...beat, more: 0 });
  }
  return lines.map(({ more, ...beat }) =>
    more === 0 ? beat : { ...beat, text: `${beat.text}   (and ${more} more)` },
  );
}

function isPoll({ text }: Beat): boolean {
  return text.startsWith('GET ') && !text.includes('⚡');
}

function pathOf({ text }: Beat): string {
  return text.split('?')[0] ?? '';
}

/** Returns the outputs but for the agent's text, which the log has. */
function withoutText(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== 'response'));
}

function ofSteps({ steps }: Played): readonly Beat[] {
  return steps.flatMap((step) => {
    const name = (by: string): string => `step ${step.number}${by === 'post' ? ' post' : ''}`;
    const { startedAt, endedAt, cancelledAt, postStartedAt, postEndedAt, main, post } = step;
    return [
      { at: startedAt, who: name(''), text: `begins: run ${step.plan.run}, attempt ${step.plan.attempt}` },
      ...step.requests.map(({ at, by, method, target, mishap }) => ({
        at,
        who: name(by),
        text: `${method} ${target}${mishap === undefined ? '' : `   ⚡ ${JSON.stringify(mishap)}`}`,
      })),
      ...step.lines.map(({ at, by, kind, text }) => ({
        at,
        who: name(by),
        text: `${kind === 'error' ? 'ERROR ' : '» '}${text}`,
      })),
      ...(cancelledAt === undefined ? [] : [{ at: cancelledAt, who: name(''), text: 'is cancelled' }]),
      { at: endedAt, who: name(''), text: `ends: ${main}, status ${step.outputs['status'] ?? 'none'}` },
      ...(postStartedAt === undefined ? [] : [{ at: postStartedAt, who: name('post'), text: 'begins' }]),
      ...(postEndedAt === undefined ? [] : [{ at: postEndedAt, who: name('post'), text: `ends: ${post}` }]),
    ];
  });
}

function ofAgents(played: Played): readonly Beat[] {
  const said = played.agents.flatMap((agent) =>
    eventsOf(agent, played, 'user-message', 'finish', 'agent-message', 'error').map(({ at, happening }) => ({
      at,
      who: `agent ${agent.id.slice(0, 6)}`,
      text: JSON.stringify(happening),
    })),
  );
  return [
    ...said,
    ...played.changes.map(({ at, id, words }) => ({
      at,
      who: `agent ${id.slice(0, 6)}`,
      text: `is now: ${words}`,
    })),
  ];
}

function ofPeople({ deeds }: Played): readonly Beat[] {
  return deeds.map(({ at, what, id }) => ({
    at,
    who: 'a person',
    text: `${what}${id === undefined ? '' : ` of ${id.slice(0, 6)}`}`,
  }));
}
