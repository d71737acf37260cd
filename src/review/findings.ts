import * as v from 'valibot';

import { shorten } from '../text/safe.ts';

/** The severities of a finding, the worst first. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The longest text of a finding, and the longest summary. */
export const MAX_CHARACTERS = 1_000;
/** The size of all findings in the output: below that of the largest answer that fits a schema. */
const MAX_BYTES = 88 * 1024;

const Finding = v.object({
  path: v.string(),
  line: v.number(),
  start_line: v.optional(v.number()),
  severity: v.picklist(SEVERITIES),
  text: v.string(),
});
const Answer = v.object({ summary: v.string(), findings: v.array(Finding) });
export type Finding = v.InferOutput<typeof Finding>;
/** What the agent says about a pull request. The findings are in the order of their severity. */
export type Findings = v.InferOutput<typeof Answer>;

const STRING = { type: 'string' };
const INTEGER = { type: 'integer' };
const FINDING = {
  type: 'object',
  properties: {
    path: STRING,
    line: INTEGER,
    start_line: INTEGER,
    severity: { enum: SEVERITIES },
    text: STRING,
  },
  required: ['path', 'line', 'severity', 'text'],
};
/** The JSON Schema of the agent's answer. It limits no lengths and numbers: what is too much is cut. */
export const REVIEW_SCHEMA = JSON.stringify({
  type: 'object',
  properties: { summary: STRING, findings: { type: 'array', items: FINDING } },
  required: ['summary', 'findings'],
});

/**
 * Reads the findings of an answer, without secrets and with long texts cut; `undefined` if the answer has another shape.
 *
 * @param redact redacts secrets in a text, which it must see whole.
 */
export function findingsIn(answer: unknown, redact: (text: string) => string): Findings | undefined {
  const { success, output } = v.safeParse(Answer, answer);
  if (!success) return undefined;
  const short = (text: string): string => shorten(redact(text), MAX_CHARACTERS);
  const findings = output.findings.map(({ start_line: start, ...finding }) => ({
    ...finding,
    path: short(finding.path),
    line: safe(finding.line),
    ...(start !== undefined && { start_line: safe(start) }),
    text: short(finding.text),
  }));
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  return { summary: short(output.summary), findings: findings.toSorted((a, b) => rank(a) - rank(b)) };
}

/** Cuts an answer, so that the agent is not asked for a shorter one. An answer with another shape stays as it is. */
export function cutToSize(answer: unknown, redact: (text: string) => string): unknown {
  const whole = findingsIn(answer, redact);
  return whole === undefined ? answer : { ...whole, findings: firstWithin(MAX_BYTES, whole.findings) };
}

/** Returns the first items that fit into the room together, as JSON and with a few bytes between them. */
export function firstWithin<T>(room: number, items: readonly T[]): readonly T[] {
  let left = room;
  const end = items.findIndex((item) => {
    left -= Buffer.byteLength(JSON.stringify(item)) + 4;
    return left < 0;
  });
  return end < 0 ? items : items.slice(0, end);
}

/** Limits a number to those that keep their digits in JSON. */
function safe(line: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(line, Number.MAX_SAFE_INTEGER));
}
