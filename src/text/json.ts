/** Parses JSON; returns `undefined` if the text is not JSON. The parser's message is dropped because it quotes the text. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}
