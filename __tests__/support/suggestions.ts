import create from 'markdown-it';

const parser = create({ html: true });

/** Returns what GitHub shows as suggestions of a comment: the content of each code block that is one, with its line breaks. */
export function suggestionsIn(markdown: string): readonly string[] {
  const fences = parser.parse(markdown, {}).filter(({ type }) => type === 'fence');
  return fences.filter(({ info }) => /^\s*suggestion\b/i.test(info)).map(({ content }) => content);
}
