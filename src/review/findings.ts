import * as v from 'valibot';

import { shorten } from '../text/safe.ts';

/** The severities of a finding, the worst first. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The longest text of a finding, and the longest summary. */
const MAX_CHARACTERS = 1_000;
/** The size of all findings in the output: it stays below that of the largest answer that fits a schema. */
const MAX_BYTES = 88 * 1024;

const Answer = v.object({
  summary: v.string(),
  findings: v.array(
    v.object({
      path: v.string(),
      line: v.number(),
      start_line: v.optional(v.number()),
      severity: v.picklist(SEVERITIES),
      text: v.string(),
    }),
  ),
});
/** What the agent says about a pull request. The findings are in the order of their severity. */
export type Findings = v.InferOutput<typeof Answer>;
export type Finding = Findings['findings'][number];

const text = (description: string): object => ({ type: 'string', description });
const number = (description: string): object => ({ type: 'integer', description });

/** The JSON Schema of the agent's answer. It limits no lengths and numbers: what is too much is cut. */
export const REVIEW_SCHEMA = JSON.stringify(
  {
    type: 'object',
    properties: {
      summary: text('what you think of the change, in a few sentences'),
      findings: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            path: text('the file, as a path from the root of the repository'),
            line: number('the line in the file after the change; of several lines the last'),
            start_line: number('the first of several lines'),
            severity: { enum: SEVERITIES },
            text: text(
              `what is wrong, what happens and how to fix it, in at most ${MAX_CHARACTERS} characters`,
            ),
          },
          required: ['path', 'line', 'severity', 'text'],
        },
      },
    },
    required: ['summary', 'findings'],
  },
  null,
  2,
);

/**
 * Reads the findings of an answer, without secrets and with long texts cut; `undefined` if the answer has another shape.
 *
 * @param redact redacts secrets in a text, which it must see whole.
 */
export function findingsIn(answer: unknown, redact: (text: string) => string): Findings | undefined {
  const { success, output } = v.safeParse(Answer, answer);
  if (!success) return undefined;
  const short = (long: string): string => shorten(redact(long), MAX_CHARACTERS);
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

/** Cuts an answer, so that the agent is not asked again for a shorter one. An answer with another shape stays as it is. */
export function cutToSize(answer: unknown, redact: (text: string) => string): unknown {
  const whole = findingsIn(answer, redact);
  if (whole === undefined) return answer;
  let room = MAX_BYTES;
  const tooMuch = whole.findings.findIndex((finding) => {
    room -= Buffer.byteLength(JSON.stringify(finding)) + 1;
    return room < 0;
  });
  return tooMuch < 0 ? whole : { ...whole, findings: whole.findings.slice(0, tooMuch) };
}

/** Limits a number to those that keep their digits in JSON. */
function safe(line: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(line, Number.MAX_SAFE_INTEGER));
}
