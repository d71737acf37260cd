const SECONDS_IN: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
const PART = /(\d{1,9})\s*(h|m|s)(?:ours?|rs?|in(?:utes?|s)?|ec(?:onds?|s)?)?/gi;

/** Parses a duration such as `20m`, `1h30m` or `90 s`; returns seconds, or `undefined` if the text is not a duration. */
export function durationIn(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || text.replaceAll(PART, '').trim() !== '') return undefined;
  return parts.reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (SECONDS_IN[unit.toLowerCase()] ?? 0),
    0,
  );
}
