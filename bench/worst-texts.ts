import { allowedSettings, settingsIn } from '../local/src/git-config.ts';
import { lastLines } from '../local/src/programs.ts';
import { nextRound, roundMessage, roundOfOtherStep } from '../src/checks/rounds.ts';
import { isSigned } from '../src/comment/marker.ts';
import { signedAddressesIn } from '../src/github/pictures.ts';
import { composeMessage } from '../src/message/agent-message.ts';
import { askedReviewIn } from '../src/message/asked-review.ts';
import { fence } from '../src/message/fence.ts';
import { uploadsIn } from '../src/message/pictures.ts';
import { fillTemplate } from '../src/message/template.ts';
import { faultIn } from '../src/openhands/sdk/faults.ts';
import { factsIn, parseTime } from '../src/openhands/wire.ts';
import { parsePatch } from '../src/patch/git-patch.ts';
import { pullRequestUrls } from '../src/report/pull-requests.ts';
import { renderReadable } from '../src/report/readable.ts';
import { hunksIn } from '../src/review/head.ts';
import { findRepeats } from '../src/review/memory.ts';
import { addSuggestion } from '../src/review/suggestion.ts';
import { lastJsonIn } from '../src/schema/schema.ts';
import { logLine, quotedLines } from '../src/text/lines.ts';
import { lastNamedPullRequests } from '../src/text/named-pull-requests.ts';
import {
  asClause,
  codeBlock,
  codeSpan,
  inertPiecesOf,
  reasonLine,
  stripInvisible,
} from '../src/text/safe.ts';
import { createSecrets } from '../src/text/secrets.ts';
import { withoutHidden } from '../src/text/without-hidden.ts';

/** A text that repeats a part, between two others. */
type Shape = readonly [before: string, part: string, after: string];

/** A function that applies patterns to text from outside, and the texts that are the most work for it. */
export interface Worst {
  readonly name: string;
  readonly apply: (text: string) => unknown;
  readonly shapes: readonly Shape[];
}

/** Returns a text of a shape with about that many characters. */
export function textOf([before, part, after]: Shape, size: number): string {
  return before + part.repeat(size / part.length) + after;
}

const repeated = (...parts: readonly string[]): readonly Shape[] => parts.map((part) => ['', part, '']);

const PULL = { repository: 'octo-org/octo-repo', number: 7 };
const GITHUB = 'https://github.com';
const UPLOAD = `${GITHUB}/user-attachments/assets/0a1b2c3d-0000-4000-8000-000000000001`;
const SIGNED = 'https://private-user-images.githubusercontent.com';
const COMMIT = 'a'.repeat(40);
const TAG = '0123456789abcdef';
const FINDING = '{"comment":1,"isResolved":false}';
const [REVIEW = '', FENCE = ''] = composeMessage({
  task: '',
  review: { pull: PULL, head: { commit: COMMIT }, earlier: FINDING },
}).split(/(?<=if none does\.)/);
const [BEGIN = '', END = ''] = FENCE.split(FINDING);
const [SENTENCE = ''] = fence('a', 'b', TAG).split('\nb\n');
const SECRETS = createSecrets(() => undefined);
SECRETS.add('sk-oh-0123456789', `${'a'.repeat(255)}b`);
const WITHOUT = { title: null, selected_repository: null, selected_branch: null, git_provider: null };

/** What is wrong with a text is no matter here. */
const attempt = (work: () => unknown): void => {
  try {
    work();
  } catch {
    // It is not accepted.
  }
};

/** The functions of `src/` and `local/src/` that apply patterns to a text of unlimited length. */
export const WORST: readonly Worst[] = [
  {
    name: 'the review of a message',
    apply: (text) => askedReviewIn([{ text }], PULL),
    shapes: [
      [`${REVIEW}\n`, ' \n', '\nx'],
      [REVIEW, ' ', 'x'],
      [REVIEW + BEGIN, `${FINDING}\n`, FINDING + END],
      ...repeated(REVIEW, `${REVIEW}${FENCE}`, '<!-- openhands-run 1 -->\n', '\n'),
    ],
  },
  {
    name: 'a text without what is hidden',
    apply: withoutHidden,
    shapes: repeated('<!--', '<!-', '<!-->', '-->', '\u001b]', '\u001b[0', '\r', ' '),
  },
  {
    name: 'a template',
    apply: (text) =>
      fillTemplate('{{ github.event.a }}{{ github.event }}', {
        github: { repository: PULL.repository, server_url: GITHUB },
        event: { a: text },
      }),
    shapes: repeated('{{', '<!--', '\n', '\r', ' ', `${SENTENCE}\n`),
  },
  {
    name: 'the pictures in a text',
    apply: (text) => uploadsIn(text, GITHUB),
    shapes: [
      ...repeated(
        '![',
        '!',
        '![a](',
        '![[',
        '![a[',
        '![]',
        '![[]',
        '![\\',
        `![a](${UPLOAD} `,
        `![a](${UPLOAD})`,
        `![a](${GITHUB}/a/b/assets/1/`,
        `![a](${GITHUB}/a/`,
        '![a](https://user-images.githubusercontent.com/1/',
      ),
      ...repeated('<img ', '<img src', '<img src=         ', '<img src="', `<img src="${UPLOAD} `),
      ['![', '[]', '](x)'],
      ['<img', ' src', '>'],
    ],
  },
  {
    name: 'the signed addresses of pictures',
    apply: signedAddressesIn,
    shapes: repeated(
      SIGNED,
      `${SIGNED}?jwt=`,
      `"${SIGNED}/1/2-${UPLOAD.slice(-36)}.png?jwt=x`,
      `${SIGNED}/1&amp;`,
    ),
  },
  {
    name: 'a round of checks',
    apply: (text: string): unknown => {
      const failed = [{ name: text, conclusion: 'failure', url: text, log: text }];
      return [
        roundMessage('', '', failed),
        roundOfOtherStep([{ id: '', text }], []),
        nextRound([], [{ id: '', text }], 1),
      ];
    },
    shapes: repeated('2026-11-24T19:03:00.0000000Z ', 'Checks, round 1 of 1, commit ', '\r', '\n', ' '),
  },
  {
    name: 'a marker',
    apply: (text) => isSigned(text, { ...PULL, issue: 7 }, 'key'),
    shapes: [
      ...repeated('<!-- openhands-conversation ', `<!-- openhands-conversation a ${'a'.repeat(64)} -->\n`),
      [`<!-- openhands-conversation a ${'a'.repeat(64)} -->`, ' ', 'x'],
    ],
  },
  {
    name: 'the thread of a review',
    apply: (body: string): unknown => {
      const thread = { body, path: 'a', comment: 1, isResolved: false, isOutdated: false };
      return findRepeats({ summary: '', findings: [], missing: 0 }, [thread], () => '');
    },
    shapes: [
      ...repeated('<!-- openhands-conversation ', '<!-- openhands-conversation a -->\n', ' '),
      ['<!-- openhands-conversation a -->', ' ', 'x'],
      ['', '\n\n```suggestion\n', '```'],
      ['\n\n', '`', 'suggestion\n'],
      ['\n', '`', ''],
    ],
  },
  {
    name: 'a suggestion',
    apply: (text) => addSuggestion('', text, [text], (whole) => whole),
    shapes: repeated('`', '\r\n', '\r', '\n', '`a', '\u001b]'),
  },
  {
    name: 'a refusal of the model',
    apply: (detail) =>
      faultIn({ kind: 'ConversationErrorEvent', code: 'LLMRateLimitError', detail, classification: null }),
    shapes: [
      ['', 'exceeded your current quota ', 'rate-limits'],
      ['', 'missing a', ''],
      ...repeated('code ', 'insufficient ', 'session_api_key', 'session_api_key%3a%3a'),
    ],
  },
  {
    name: 'a time',
    apply: parseTime,
    shapes: [['', 'T', 'Z'], ...repeated('T', '2026-11-24T')],
  },
  {
    name: 'the facts of a conversation',
    apply: (title) =>
      factsIn({ ...WITHOUT, title, selected_repository: title, pr_number: null, created_at: title }),
    shapes: repeated('Conversation 0', 'a/', ' ', 'T'),
  },
  {
    name: 'the addresses in an answer',
    apply: (text) => [
      lastNamedPullRequests([text], PULL.repository, GITHUB),
      pullRequestUrls({ pullRequests: [] }, [text], { ...PULL, gitProvider: 'gitlab' }, GITHUB),
    ],
    shapes: repeated(
      `${GITHUB}/octo-org/octo-repo/pull/1`,
      `${GITHUB}/octo-org/octo-repo/pull/0000000000`,
      'https://',
      'https://a:1/a/a/a/a/',
      `https://${'a.'.repeat(126)}`,
      '1',
    ),
  },
  {
    name: 'the row of a table',
    apply: (text) => renderReadable(`|a|\n|-|\n|${text}`, () => false),
    shapes: [
      ['x', ' ', 'x'],
      ['x|', '\t', 'x'],
      ['', '>', 'x'],
      ['', '|', 'x'],
    ],
  },
  {
    name: 'the JSON of an answer',
    apply: lastJsonIn,
    shapes: [...repeated('```\n', '`', '   ', '\r', '[', '```json\n{}\n```\n'), ['```\n', '````\n', 'x']],
  },
  { name: 'a diff', apply: hunksIn, shapes: repeated('\n@@ ', '@@ -', '\n', '\n@@ -1 +1 @@\n+') },
  {
    name: 'a patch',
    apply: (text: string): void => {
      for (const patch of [text, `diff --git ${text}\n`, `diff --git a/a b/a\nindex ${text}\n`])
        attempt(() => parsePatch(Buffer.from(patch)));
      attempt(() => parsePatch(Buffer.from(`diff --git "a/${text}" "b/${text}"\n`)));
    },
    shapes: repeated('..0', '\\0', '\\\\', 'a ', '@@ -1,', 'diff --git a/a b/a\n', 'rename from '),
  },
  {
    name: 'redaction',
    apply: (text) => [
      SECRETS.redact(text),
      SECRETS.redact(`${text}sk-oh-0123456789`),
      SECRETS.hasSecret(text),
    ],
    shapes: repeated('a', 'sk-oh-', '\\u005c', '%25', '&amp;', '\u001b]', ' ', '…', 'sk-oh-0123456789'),
  },
  {
    name: 'safe texts',
    apply: (text) => [
      stripInvisible(text),
      asClause(text),
      reasonLine(text),
      inertPiecesOf(text),
      codeSpan(text),
      codeBlock(text),
      logLine(text),
      quotedLines(text),
    ],
    shapes: [
      ...repeated(
        '\u001b]',
        '\u001b[0',
        '\u001b[',
        '\r',
        '.',
        ')',
        '(',
        '`',
        '`a',
        'abcdef',
        'abcdef-',
        '@',
        ' a',
      ),
      ...repeated('session_api_key', 'session_api_key%3a%3a', '##[', '\u00a0:'),
      ...repeated('data:', 'data:image/png;base64,', `data:${'a'.repeat(99)}`),
      ['', ' ', 'x'],
      ['$', ')', 'x'],
    ],
  },
  {
    name: 'the settings of git',
    apply: (text) => allowedSettings([...settingsIn(text), ['remote.a.url', text], ['core.worktree', text]]),
    shapes: [
      ...repeated('a.', 'ssh://', 'ssh://a:', '://', 'http://a', '?', '../', 'remote.', '\0', 'a\n'),
      ['', '../', 'x'],
    ],
  },
  {
    name: 'the output of a program',
    apply: (stderr) => lastLines({ code: 1, stdout: '', stderr }),
    shapes: [
      ...repeated("WARNING: Retrying () after connection broken by 'a('", ' ', '\n'),
      ['WARNING: Retrying (', ") after connection broken by 'a(", ''],
      ["WARNING: Retrying (Retry()) after connection broken by 'a(", "<a>: ')", ''],
    ],
  },
];
