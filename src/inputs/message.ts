import { fillTemplate, type TemplateContext } from '../message/template.ts';
import { readTextFile, type Roots } from '../text/file.ts';
import type { Reader } from './reader.ts';

/** The inputs for the message, of which exactly one may be given. */
export const MESSAGE_INPUTS = [
  'message',
  'message-file',
  'message-template',
  'message-template-file',
] as const;

export interface MessageSource {
  readonly roots: Roots;
  /** Returns the values for the placeholders of a template; called only if there is a template. */
  readonly templateContext: () => Promise<TemplateContext>;
}

/** Reads the message from one of four inputs; `undefined` if none is given, empty if they are wrong. */
export async function messageIn(read: Reader, source: MessageSource): Promise<string | undefined> {
  const [name, ...others] = MESSAGE_INPUTS.filter((each) => read.given(each).value !== '');
  if (name === undefined) return undefined;
  if (others.length > 0) {
    const all = others.length === 1 ? 'both' : 'all';
    return read.wrong(`${[name, ...others].join(' and ')} are ${all} given: exactly one is needed`, '');
  }
  if (name === 'message') return read.given(name).raw;
  if (name === 'message-template') return filledIn(read, source, name, read.given(name).raw);
  const text = textIn(read, name, source.roots);
  return name === 'message-file' || text === '' ? text : filledIn(read, source, name, text);
}

function textIn(read: Reader, name: 'message-file' | 'message-template-file', roots: Roots): string {
  const { value, shown } = read.given(name);
  const text = readTextFile(value, roots);
  if (typeof text !== 'string') return read.wrong(`${name} ${shown} ${text.reason}`, '');
  return text.trim() === '' ? read.wrong(`${name} ${shown} is empty`, '') : text;
}

async function filledIn(
  read: Reader,
  { templateContext }: MessageSource,
  name: 'message-template' | 'message-template-file',
  template: string,
): Promise<string> {
  const filled = fillTemplate(template, await templateContext());
  if (typeof filled === 'string') return filled;
  const which = name === 'message-template' ? name : `${name} ${read.given(name).shown}`;
  for (const reason of filled.reasons) read.wrong(`${which} ${reason}`);
  return '';
}
