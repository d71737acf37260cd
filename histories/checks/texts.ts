import { KEY } from '../../__tests__/support/world.ts';
import { MODEL_KEY } from '../step.ts';
import { textOf } from '../told.ts';
import { type Check, ofEachStep } from './violation.ts';

const MAX_LINE = 2_000;
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** No text that a step writes has a secret, whoever wrote it. */
export const noSecret: Check = (played) => {
  const { steps, conversations, neighbor, comments, reviews } = played;
  const sessions = [...conversations, ...(neighbor ? [neighbor] : [])].map(({ sessionKey }) => sessionKey);
  const secrets = [KEY, MODEL_KEY, 'ghs_workflow', ...sessions];
  const places = [
    ...steps.flatMap((step) =>
      Object.entries({
        log: textOf(step),
        summary: step.page,
        outputs: JSON.stringify(step.outputs),
        'response-file': step.files['response-file'] ?? '',
        'outcome-file': step.files['outcome-file'] ?? '',
      }).map(([place, text]) => ({ place, text, step: step.number })),
    ),
    { place: 'comments', text: comments.flatMap(({ bodies }) => bodies).join('\n') },
    { place: 'reviews', text: JSON.stringify(reviews) },
  ];
  return places
    .filter(({ text }) => secrets.some((secret) => text.includes(secret)))
    .map(({ place, ...of }) => ({
      promise: 'no secret',
      text: `a secret in the ${place}`,
      ...('step' in of && { step: of.step }),
    }));
};

/** No line is a stack, asks for a bug report, or shows a value that nobody meant to show; none is longer than people read. */
export const wordsForPeople = ofEachStep('words for people', (step) => {
  const text = `${textOf(step)}\n${step.page}`.replaceAll('received undefined', '');
  const [odd] =
    /.{0,80}(?:report this as a bug|\bundefined\b|\bNaN\b|\[object |TypeError|^ +at .*:\d+:\d+).{0,40}/m.exec(
      text,
    ) ?? [];
  const { response = '', 'structured-output': _, ...outputs } = step.outputs;
  const isLong = (line: string): boolean => line.length > MAX_LINE && !line.includes(response.slice(0, 40));
  return [
    ...(odd === undefined ? [] : [`a line that is not for people: ${odd}`]),
    ...(step.lines.some(({ text: line }) => isLong(line)) ? ['a line is too long'] : []),
    ...(Object.values(outputs).some((value) => value.length > MAX_LINE) ? ['an output is too long'] : []),
    ...(Buffer.byteLength(step.page) > MAX_SUMMARY_BYTES ? ['the summary is too long'] : []),
  ];
});

/** If a conversation may exist that a failed step does not know, the error says where to look. */
export const saysWhereToLook = ofEachStep('says where to look', (step, { conversations, steps }) => {
  if (step.main !== 'done' || steps.length > 1 || step.outputs['conversation-id'] !== undefined) return [];
  const started = conversations.filter(({ state }) => state.version === 'v0' || state.start !== 'ERROR');
  const hasLook = /check (?:at|GET|the|what|whether|named)|see http|https:\/\/openhands\.test/i.test(
    textOf(step),
  );
  return started.length === 0 || hasLook
    ? []
    : ['there is a conversation, and the step does not say where to look'];
});

/** The API key never goes to an agent server, no key is in an address, and no socket sends a second frame. */
export const noMisuse: Check = ({ misuses }) =>
  misuses.length === 0 ? [] : [{ promise: 'no misuse', text: misuses.join(', ') }];
