import { PICTURE_SECRETS } from '../../testbed/secrets.ts';
import { KEY } from '../../testbed/world.ts';
import type { Played } from '../play.ts';
import { linksRun, textOf, type ToldStep } from '../told.ts';
import { startedIn, toldId } from '../truth.ts';
import { taskIn } from './conversations.ts';
import { type Check, ofEachStep } from './violation.ts';

const MAX_LINE = 2_000;
/** The outputs that an agent writes. */
const LONG_OUTPUTS: readonly string[] = ['response', 'structured-output'];
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** No text that a step writes has a secret that it knows, whoever wrote it. */
export const noSecret: Check = (played) =>
  played.steps.flatMap((step) => {
    const keys = [KEY, 'ghs_workflow', step.inputs['llm-api-key'] ?? KEY, ...PICTURE_SECRETS];
    const sessions = sessionsOf(step, played);
    const texts = {
      log: textOf(step),
      state: step.state,
      summary: step.page,
      outputs: JSON.stringify(step.outputs),
      'response-file': step.files['response-file'] ?? '',
      'outcome-file': step.files['outcome-file'] ?? '',
      comments: bodiesOf(step, played.comments),
      reviews: JSON.stringify(played.reviews),
      replies: JSON.stringify(played.replies),
    };
    const leaks = [
      ...Object.entries(texts).flatMap(([place, text]) =>
        keys.some((key) => text.includes(key)) ? [place] : [],
      ),
      ...(sessions.some(({ key }) => step.page.includes(key)) ? ['summary'] : []),
      ...(sessions.some(({ key, at }) => step.lines.some((line) => line.at > at && line.text.includes(key)))
        ? ['log']
        : []),
    ];
    return leaks.map((place) => ({
      promise: 'no secret',
      step: step.number,
      text: `a secret in the ${place}`,
    }));
  });

/** Returns the keys of the agent servers that the last process of a step has asked, and since when it knows them. */
function sessionsOf(
  { requests, post }: ToldStep,
  { conversations }: Played,
): readonly { readonly key: string; readonly at: number }[] {
  const last = post === 'absent' ? 'main' : 'post';
  return conversations.flatMap(({ sandboxId, sessionKey }) => {
    const first = requests.find(
      ({ target, by }) => by === last && target.startsWith(`/agent-server/${sandboxId}/`),
    );
    return first === undefined ? [] : [{ key: sessionKey, at: first.at }];
  });
}

function bodiesOf({ plan }: ToldStep, comments: Played['comments']): string {
  return comments
    .flatMap(({ bodies }) => bodies)
    .filter((body) => linksRun(body, plan))
    .join('\n');
}

/** What a schema says of a value that is missing. */
const MISSING = 'received undefined';

/** No line is a stack, asks for a bug report, or shows a value that nobody meant to show; none but an answer is longer than people read. */
export const wordsForPeople = ofEachStep('words for people', (step) => {
  const text = `${textOf(step)}\n${step.page}`.replaceAll(MISSING, '');
  const [odd] =
    /.{0,80}(?:report this as a bug|\bundefined\b|\bNaN\b|\[object |TypeError|^ +at .*:\d+:\d+).{0,40}/m.exec(
      text,
    ) ?? [];
  const { response = '' } = step.outputs;
  const isAnswer = (line: string): boolean => response !== '' && line.includes(response.slice(0, 40));
  const isLong = (line: string): boolean => line.length > MAX_LINE && !isAnswer(line);
  return [
    ...(odd === undefined ? [] : [`a line that is not for people: ${odd}`]),
    ...(step.lines.some(({ text: line }) => isLong(line)) ? ['a line is too long'] : []),
    ...(Object.entries(step.outputs).some(
      ([name, value]) => value.length > MAX_LINE && !LONG_OUTPUTS.includes(name),
    )
      ? ['an output is too long']
      : []),
    ...(Buffer.byteLength(step.page) > MAX_SUMMARY_BYTES ? ['the summary is too long'] : []),
  ];
});

/** If there is a conversation that a failed step does not know, which only it can have started, the error says where to look. */
export const saysWhereToLook = ofEachStep('says where to look', (step, played) => {
  const attempts = played.steps.filter(({ plan }) => plan.run === step.plan.run);
  if (step.main !== 'done' || attempts.length > 1 || toldId(step) !== '') return [];
  const own = startedIn(played).filter(
    ({ message }) => taskIn(message) === taskIn(step.inputs['message'] ?? ''),
  );
  const hasLook = /check (?:at|GET|the|what|whether|named)|see http|https:\/\/openhands\.test/i.test(
    textOf(step),
  );
  return own.length === 0 || hasLook
    ? []
    : ['there is a conversation, and the step does not say where to look'];
});

/** The API key never goes to an agent server, no key is in an address, and no socket sends a second frame. */
export const noMisuse: Check = ({ misuses }) =>
  misuses.length === 0 ? [] : [{ promise: 'no misuse', text: misuses.join(', ') }];
