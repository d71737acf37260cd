/**
 * Returns a copy of plain data in which every text is changed.
 *
 * @param change gets the name of the text's field, too; for texts in a list, that of the list.
 */
export function withTexts<T>(data: T, change: (text: string, field: string) => string): T {
  const copy = structuredClone({ data });
  changeWithin(copy, undefined, change);
  return copy.data;
}

function changeWithin(
  parent: object,
  list: string | undefined,
  change: (text: string, field: string) => string,
): void {
  const members: readonly (readonly [string, unknown])[] = Object.entries(parent);
  for (const [key, member] of members) {
    const field = list ?? key;
    if (typeof member === 'string') Reflect.set(parent, key, change(member, field));
    else if (typeof member === 'object' && member !== null)
      changeWithin(member, Array.isArray(member) ? field : undefined, change);
  }
}

/** Returns a copy of plain data without secrets. Its kinds and statuses are our own words, and stay. */
export function withoutSecrets<T>(data: T, redact: (text: string) => string): T {
  return withTexts(data, (text, field) => (field === 'kind' || field === 'status' ? text : redact(text)));
}
