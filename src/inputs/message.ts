import type { ReadContext } from '../message/placeholders.ts';
import { fillTemplate } from '../message/template.ts';
import { readTextFile, type Roots } from '../text/file.ts';
import {
  type Checked,
  type Given,
  type Optional,
  type Reader,
  right,
  type Source,
  wrong,
} from './checked.ts';

/** Where a message comes from. */
export interface MessageSource extends Pick<Source, 'input'> {
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** What the placeholders of a template stand for; read only where there is a template. */
  readonly templateContext: () => Promise<ReadContext>;
}

/** The message, from the one of three inputs that has it. */
export async function message(
  text: Reader,
  source: MessageSource,
): Promise<Checked<Optional<'message', string>>> {
  const sources = [text('message'), text('message-file'), text('message-template')] as const;
  const [inline, file, template] = sources;
  const given = sources.filter(({ value }) => value !== '').map(({ name }) => name);
  if (given.length > 1) {
    return wrong(
      `${given.join(' and ')} are ${given.length === 2 ? 'both' : 'all'} given: exactly one is needed`,
    );
  }
  // As it was given, with the white space around it.
  if (inline.value !== '') return right({ message: source.input('message') });
  if (file.value !== '') return asMessage(await textIn(file, source.roots));
  if (template.value !== '') return asMessage(await filledIn(template, source));
  return right({});
}

function asMessage(text: Checked<string>): Checked<Optional<'message', string>> {
  return text.problems.length > 0 ? wrong(...text.problems) : right({ message: text.value() });
}

async function textIn({ name, value, shown }: Given, roots: Roots): Promise<Checked<string>> {
  const read = await readTextFile(value, roots);
  if (read.kind === 'refused') return wrong(`${name} ${shown} ${read.reason}`);
  return read.text.trim() === '' ? wrong(`${name} ${shown} is empty`) : right(read.text);
}

async function filledIn(
  template: Given,
  { roots, templateContext }: MessageSource,
): Promise<Checked<string>> {
  const text = await textIn(template, roots);
  if (text.problems.length > 0) return text;
  const read = await templateContext();
  if (read.kind === 'refused') return wrong(`message-template needs the event of the run: ${read.reason}`);
  const filled = fillTemplate(text.value(), read.context);
  return filled.kind === 'text'
    ? right(filled.text)
    : wrong(...filled.reasons.map((reason) => `${template.name} ${template.shown} ${reason}`));
}
