import type { ReadContext } from '../message/placeholders.ts';
import { fillTemplate } from '../message/template.ts';
import { readTextFile, type Roots } from '../text/file.ts';
import type { Reader } from './reader.ts';

/** Where a message comes from. */
export interface MessageSource {
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** What the placeholders of a template stand for; read only if there is a template. */
  readonly templateContext: () => Promise<ReadContext>;
}

/** The message, from the one of three inputs that has it; empty if that is wrong. */
export async function messageIn(read: Reader, source: MessageSource): Promise<string | undefined> {
  const inputs = ['message', 'message-file', 'message-template'] as const;
  const given = inputs.filter((name) => read.given(name).value !== '');
  const [name, ...others] = given;
  if (others.length > 0) {
    const all = others.length === 1 ? 'both' : 'all';
    return read.wrong(`${given.join(' and ')} are ${all} given: exactly one is needed`, '');
  }
  if (name === undefined) return undefined;
  if (name === 'message') return read.given(name).raw;
  return name === 'message-file' ? textIn(read, name, source.roots) : filledIn(read, source);
}

async function textIn(
  read: Reader,
  name: 'message-file' | 'message-template',
  roots: Roots,
): Promise<string> {
  const { value, shown } = read.given(name);
  const file = await readTextFile(value, roots);
  if (file.kind === 'refused') return read.wrong(`${name} ${shown} ${file.reason}`, '');
  return file.text.trim() === '' ? read.wrong(`${name} ${shown} is empty`, '') : file.text;
}

async function filledIn(read: Reader, { roots, templateContext }: MessageSource): Promise<string> {
  const text = await textIn(read, 'message-template', roots);
  if (text === '') return text;
  const event = await templateContext();
  if (event.kind === 'refused')
    return read.wrong(`message-template needs the event of the run: ${event.reason}`, '');
  const filled = fillTemplate(text, event.context);
  if (filled.kind === 'text') return filled.text;
  const { shown } = read.given('message-template');
  filled.reasons.forEach((reason) => {
    read.wrong(`message-template ${shown} ${reason}`);
  });
  return '';
}
