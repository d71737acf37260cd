import {
  type FilledTemplate,
  fillTemplate,
  placeholdersIn,
  type TemplateContext,
} from '../message/template.ts';
import { readTextFile, type Roots } from '../text/file.ts';
import type { InputReader } from './reader.ts';

/** The inputs for the message, of which exactly one may be given. */
export const MESSAGE_INPUTS = [
  'message',
  'message-file',
  'message-template',
  'message-template-file',
] as const;

/** A placeholder of a template. With a `$` before it, it is an expression of GitHub, and the message is about that. */
const PLACEHOLDER = /(?<!\$)\{\{ *github\./;

export interface MessageSource {
  readonly roots: Roots;
  /** Returns the values for the placeholders of a template; called only if there is a template. */
  readonly templateContext: () => Promise<TemplateContext>;
  /** The placeholder of what follows `command`, which the template must have; absent if none is needed. */
  readonly task?: string | undefined;
}

/** Reads the message from one of four inputs; `undefined` if none is given, empty if they are wrong. Only a template inserts values. */
export async function messageIn(
  read: InputReader,
  source: MessageSource,
): Promise<FilledTemplate | undefined> {
  const found = await readMessage(read, source);
  return typeof found === 'string' ? { message: found, plain: found, inserted: [] } : found;
}

async function readMessage(
  read: InputReader,
  { roots, templateContext, task }: MessageSource,
): Promise<FilledTemplate | string | undefined> {
  const [name, ...others] = MESSAGE_INPUTS.filter((each) => read.given(each).value !== '');
  if (name === undefined) return undefined;
  if (others.length > 0)
    return read.wrong(`${[name, ...others].join(' and ')} are given: exactly one is needed`, '');
  const { raw, value, shown } = read.given(name);
  const isFile = name === 'message-file' || name === 'message-template-file';
  const which = isFile ? `${name} ${shown}` : name;
  const text = isFile ? readTextFile(value, roots) : raw;
  if (typeof text !== 'string') return read.wrong(`${which} ${text.reason}`, '');
  if (text.trim() === '') return read.wrong(`${which} is empty`, '');
  if (name === 'message') return withoutPlaceholder(text, read);
  if (name === 'message-file') return text;
  if (task !== undefined && !placeholdersIn(text).has(task))
    read.wrong(`${which} does not have {{ ${task} }}, which is what follows command: add it`);
  const filled = fillTemplate(text, await templateContext());
  if ('message' in filled) return filled;
  const problems = [...filled.reasons.map((reason) => `${which} ${reason}`), ...filled.hints];
  for (const problem of problems) read.wrong(problem);
  return '';
}

/** Returns the message, or an empty one if it has a placeholder: it would start an agent that reads `{{ … }}`. */
function withoutPlaceholder(message: string, read: InputReader): string {
  if (!PLACEHOLDER.test(message)) return message;
  return read.wrong(
    'message has a placeholder {{ github.… }}, which only message-template fills in: use that input',
    '',
  );
}
