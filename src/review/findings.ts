import * as v from 'valibot';

import { MAX_FINDING_CHARACTERS } from '../message/asked-review.ts';
import { parseJson } from '../text/data.ts';
import { firstWithin } from '../text/first-within.ts';
import { shorten } from '../text/safe.ts';

/** The severities of a finding, the worst first. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;

/** A replacement is posted whole or not at all. */
const MAX_REPLACEMENT_CHARACTERS = 4_000;
/** The size of all findings in the output: below that of the largest answer that fits a schema. */
const MAX_FINDINGS_BYTES = 88 * 1024;
/** How many threads are read. The agent knows them by numbers from 1. */
export const MAX_THREADS = 100;

/** Limited to numbers that keep their digits in JSON. */
const LineNumber = v.pipe(v.number(), v.toMinValue(0), v.toMaxValue(Number.MAX_SAFE_INTEGER));
const Finding = v.object({
  path: v.string(),
  line: LineNumber,
  start_line: v.exactOptional(LineNumber),
  severity: v.picklist(SEVERITIES),
  text: v.string(),
  /** The new text of the lines. Another value than a text is no reason to ask again. */
  replacement: v.fallback(v.optional(v.string()), undefined),
});
/** The numbers of threads, each once, without those that no thread can have. If none is left, the agent has judged nothing. */
const Numbers = v.pipe(
  v.array(v.number()),
  v.transform((given) => {
    const named = [...new Set(given)].filter(
      (each) => Number.isInteger(each) && 0 < each && each <= MAX_THREADS,
    );
    return given.length > 0 && named.length === 0 ? undefined : named;
  }),
);
/** `missing`: how many findings were cut off. `still_open`: the numbers of earlier findings; absent if the agent has judged none. */
const FindingsAnswer = v.object({
  summary: v.string(),
  findings: v.array(Finding),
  missing: v.fallback(v.number(), 0),
  still_open: v.fallback(v.optional(Numbers), undefined),
});
export type Finding = v.InferOutput<typeof Finding>;
/** What the agent says about a pull request. The findings are in the order of their severity. */
export type Findings = v.InferOutput<typeof FindingsAnswer>;

const TEXT = { type: 'string' };
const INTEGER = { type: 'integer' };
const FINDING = {
  type: 'object',
  properties: {
    path: TEXT,
    line: INTEGER,
    start_line: INTEGER,
    severity: { enum: SEVERITIES },
    text: TEXT,
    replacement: TEXT,
  },
  required: ['path', 'line', 'severity', 'text'],
};
const PROPERTIES = { summary: TEXT, findings: { type: 'array', items: FINDING } };
const MEMORY = { still_open: { type: 'array', items: INTEGER } };

/**
 * Returns the JSON Schema of the agent's answer. It limits neither lengths nor numbers: what is too long is cut.
 *
 * @param hasMemory whether there are earlier findings to judge.
 */
export function schemaOf(hasMemory: boolean): string {
  const properties = { ...PROPERTIES, ...(hasMemory && MEMORY) };
  return JSON.stringify({ type: 'object', properties, required: Object.keys(PROPERTIES) });
}

/**
 * Cuts an answer, so that the agent is not asked for a shorter one, and sorts its findings. An answer with another shape stays as it is.
 *
 * @param redact redacts secrets in a text, which it must see whole.
 */
export function cutToSize(answer: unknown, redact: (text: string) => string): unknown {
  const { success, output } = v.safeParse(FindingsAnswer, answer);
  if (!success) return answer;
  const short = (text: string): string => shorten(redact(text), MAX_FINDING_CHARACTERS);
  // A replacement that would have to be cut or redacted is left out: it would be another change.
  const isKept = (text = ''): boolean =>
    shorten(text, MAX_REPLACEMENT_CHARACTERS) === text && redact(text) === text;
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  const all = output.findings
    .map(({ replacement, ...finding }) => ({
      finding: { ...finding, path: short(finding.path), text: short(finding.text) },
      replacement: isKept(replacement) ? replacement : undefined,
    }))
    .toSorted((a, b) => rank(a.finding) - rank(b.finding));
  const bare = all.map(({ finding }) => finding);
  // First all findings, then their replacements: no finding is left out for a replacement.
  const replacements = all.map(({ replacement }) => ({ replacement }));
  const fitting = firstWithin(MAX_FINDINGS_BYTES, [...bare, ...replacements]).length;
  const fittingReplacements = replacements.slice(0, Math.max(0, fitting - bare.length));
  const findings = bare
    .slice(0, fitting)
    .map((finding, index) => ({ ...finding, ...fittingReplacements[index] }));
  const missing = all.length - findings.length;
  return { ...output, summary: short(output.summary), findings, missing: missing || undefined };
}

/** Reads an answer that was cut and has matched {@link schemaOf}. */
export function findingsIn(json: string): Findings {
  return v.parse(FindingsAnswer, parseJson(json)?.value);
}
