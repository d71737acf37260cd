import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
import * as __WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__ from "./core.js";
import * as __WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__ from "./valibot.js";
/******/ // The require scope
/******/ var __nccwpck_require__ = {};
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
var __webpack_exports__ = {};

// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  i: () => (/* binding */ main),
  b: () => (/* binding */ post)
});

;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: ./build/src/port/assignment.js
const GIT_PROVIDERS = [
    'github',
    'gitlab',
    'bitbucket',
    'bitbucket_data_center',
    'forgejo',
    'azure_devops',
];
/** Whether a message ends with the mark. A mark elsewhere in a message is a quotation. */
function endsWithMark(message, { text }) {
    return message?.trimEnd().endsWith(text) === true;
}
/** The tag that says which step has started a conversation. */
const STEP_TAG = 'githubstep';
/** Returns the draft of a message without pictures. */
function plainDraft(text) {
    return { write: async () => Promise.resolve({ text, pictures: [] }), dropPictures: () => undefined };
}
/** Returns a draft with another text, which is made of that of the first. */
function redraft({ write, dropPictures }, change) {
    return {
        write: async () => {
            const { text, pictures } = await write();
            return { text: change(text), pictures };
        },
        dropPictures,
    };
}

;// CONCATENATED MODULE: ./build/src/port/api-version.js

const API_VERSIONS = ['v1', 'v0', 'agent-server'];
/** The values of the input `api-version`. `auto`: the server shows which API it has. */
const WANTED_APIS = ['auto', ...API_VERSIONS];
const TRAITS = {
    v1: { isAgentServer: false, hasUuids: true, isComplete: true, gitProviders: GIT_PROVIDERS },
    v0: {
        isAgentServer: false,
        hasUuids: false,
        isComplete: false,
        // Source: `ProviderType` in its description.
        gitProviders: ['github', 'gitlab', 'bitbucket'],
    },
    'agent-server': { isAgentServer: true, hasUuids: true, isComplete: true, gitProviders: GIT_PROVIDERS },
};
function traitsOf(version) {
    return version === 'auto' ? undefined : TRAITS[version];
}
/** Returns the value of the input `api-version`; `auto` if it is empty or wrong. */
function wantedApiOf(text) {
    return WANTED_APIS.find((each) => each === text.trim()) ?? 'auto';
}
/** Whether the inputs say that the server is an agent server. */
function isAgentServer(version) {
    return traitsOf(version)?.isAgentServer === true;
}

;// CONCATENATED MODULE: ./build/src/text/safe.js
/**
 * Text from a server, an agent or an event is untrusted. These functions make it safe for the place where people see it.
 * They do not know secrets: redact texts first.
 */
const MAX_LINE_LENGTH = 4_000;
/**
 * Format characters (such as bidirectional and zero-width marks), lone surrogates, line and paragraph separators, and other
 * characters that are not drawn, such as fillers and variation selectors: part of a class in a pattern with the flag u.
 */
const INVISIBLE_FORMATS = String.raw `\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`;
/** Those, and control characters. */
const INVISIBLE = new RegExp(String.raw `[\p{Cc}${INVISIBLE_FORMATS}]`, 'gu');
const INVISIBLE_BUT_LAYOUT = new RegExp(`(?![\\n\\t])${INVISIBLE.source}`, 'gu');
const LINE_BREAK = /\r\n?|[\n\u0085\u2028\u2029]/g;
/** Complete CSI and OSC terminal sequences. If only their control characters were removed, letters and digits would remain. */
// eslint-disable-next-line no-control-regex -- these are the control characters that it looks for
const TERMINAL_SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\r\n]*(?:\u0007|\u001B\\))/g;
/** Removes invisible characters and terminal sequences. Every kind of line break becomes a line feed. */
function stripInvisible(text) {
    return text.replace(TERMINAL_SEQUENCE, '').replace(LINE_BREAK, '\n').replace(INVISIBLE_BUT_LAYOUT, '');
}
/** Converts a text to one line of at most `limit` visible characters, with white space collapsed. */
function singleLine(text, limit = MAX_LINE_LENGTH) {
    return shorten(stripInvisible(text).replace(/\s+/g, ' ').replace(INVISIBLE, '').trim(), limit);
}
/** What can make a line look like another one, or like two. Not the end of a Windows line. */
const UNSEEN_IN_LINE = new RegExp(String.raw `(?!\t|\r$)[\p{Cc}${INVISIBLE_FORMATS}]`, 'gu');
/** Makes the invisible characters of a line visible: they can hide what a change does. */
function showInvisible(line) {
    return line.replace(UNSEEN_IN_LINE, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
    });
}
/** Shortens a text to at most `limit` code points, with an ellipsis if something was cut off. */
function shorten(text, limit) {
    // A code point has at most two code units, so this part shows whether the text is too long.
    const characters = Array.from(text.slice(0, 2 * limit + 1));
    return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
/** Returns the longest start of a text with at most `limit` bytes in UTF-8, cut between code points. */
function firstBytesOf(text, limit) {
    const bytes = Buffer.from(text);
    // With `stream`, the decoder leaves out a code point that is cut.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return bytes.length <= limit ? text : decoder.decode(bytes.subarray(0, limit), { stream: true });
}
/** Returns the longest end of a text with at most `limit` bytes in UTF-8, cut between code points. */
function lastBytesOf(text, limit) {
    const bytes = Buffer.from(text);
    if (bytes.length <= limit)
        return text;
    const end = bytes.subarray(bytes.length - limit).toString();
    // What is left of a code point that is cut becomes replacement characters.
    return end.replace(/^\uFFFD{1,3}/, '');
}
/**
 * Converts a text to a code span of Markdown, in which nothing is a link, an image, a mention or HTML.
 * Source: CommonMark 0.31, section 6.1 (a span ends at a run of exactly as many backticks as it began with).
 */
function codeSpan(text) {
    const content = shortenBackticks(singleLine(text));
    if (content === '')
        return '';
    const fence = fenceFor(content, 1);
    // Blanks separate a backtick at either end from the fence. They are not shown.
    const padding = /^`|`$/.test(content) ? ' ' : '';
    return fence + padding + content + padding + fence;
}
/**
 * Converts a text to a code block of Markdown.
 * Source: CommonMark 0.31, section 4.5 (the closing fence is at least as long as the opening one).
 */
function codeBlock(text, language = 'text') {
    const content = shortenBackticks(stripInvisible(text));
    const fence = fenceFor(content, 3);
    return `${fence}${language}\n${content}\n${fence}`;
}
/** Renders Markdown from outside, or shows it as code if that takes more than `limit` characters: only tables of empty cells grow so much. */
function renderShort(text, render, limit) {
    const rendered = render(text);
    return rendered.length > limit ? codeBlock(text) : rendered;
}
/**
 * The most backticks in a row that a code span or block can contain, because its fence must be longer. GitHub's parser knows no span with
 * a fence of more than 80. Of the fence of a block, it counts no more than 255, so that 255 in the block would end it.
 * Source: MAXBACKTICKS in github/cmark-gfm, src/inlines.c, and fence_length in src/blocks.c.
 */
const MAX_BACKTICKS = 79;
/** Shortens each run of backticks to those that a fence can enclose. */
function shortenBackticks(text) {
    return text.replace(/`+/g, (run) => run.slice(0, MAX_BACKTICKS));
}
/** Returns at least `least` backticks, and more than the text has in a row. */
function fenceFor(text, least) {
    let length = least;
    for (const [run] of text.matchAll(/`+/g))
        length = Math.max(length, run.length + 1);
    return '`'.repeat(length);
}
/** Makes the first letter of a text a capital. */
function capitalize(text) {
    return text.replace(/^./, (first) => first.toUpperCase());
}
/** Formats a reason as part of a sentence: on one line, without a full stop at the end. */
function safe_asClause(reason) {
    return singleLine(reason).replace(/[.?!\s]{1,9}$/, '');
}
const MAX_REASON_LENGTH = 500;
/** A session key with its name: in a URL, a header or JSON, escaped or not. Group 1 is everything before the value. */
const NAMED_SESSION_KEY = /(session[-_]api[-_]key(?:%[0-9a-f]{2}|["'\\\s]){0,12}(?:[:=]|%3a|%3d)(?:%[0-9a-f]{2}|["'\\\s]){0,12})[\w.~+/=%-]{8,}/gi;
/** The bytes of a picture or file in a data URL. Group 1 is everything before them. */
const DATA_URL = /(data:[\w.+/-]{0,100};base64,)[\w+/=%-]+/gi;
/**
 * Converts a reason in a server's words to one short line. Masks every session key with its name, such as one in the URL of a failed
 * request, even if the key is unknown. Leaves out the bytes of data URLs: servers repeat the pictures that they refuse.
 */
function reasonLine(text) {
    const line = singleLine(text.replace(DATA_URL, '$1…'));
    return shorten(line.replace(NAMED_SESSION_KEY, '$1***'), MAX_REASON_LENGTH);
}
/**
 * Words that GitHub turns into links, mentions, references or formulas. Source:
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const ACTIVE_WORD = /:\/\/|www\.|@\w|#\d|\bGH-\d|\$|(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{7,40}(?![a-z0-9])/i;
/** Splits a text into inert pieces: words that GitHub would turn into links, mentions and so on become code. */
function inertPiecesOf(text) {
    const shown = stripInvisible(text);
    const words = ACTIVE_WORD.test(shown) ? shown.split(/(\s+)/) : [shown];
    return words.flatMap((word) => {
        if (!ACTIVE_WORD.test(word))
            return [{ type: 'text', content: word }];
        const [, before = '', middle = word, after = ''] = /^([("'[{]{0,9})(.*?)([)\]}"'.,;:!?]{0,9})$/s.exec(word) ?? [];
        return [
            { type: 'text', content: before },
            { type: 'code_inline', content: middle },
            { type: 'text', content: after },
        ];
    });
}
/** Converts a text to one line of inert HTML, for a block of HTML: there, GitHub does not interpret Markdown. */
function inertHtmlOf(text) {
    return inertPiecesOf(singleLine(text))
        .map(({ type, content }) => type === 'text' ? escapeHtml(content) : `<code>${escapeHtml(content)}</code>`)
        .join('');
}
function escapeHtml(text) {
    return text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;');
}

;// CONCATENATED MODULE: ./build/src/inputs/reader.js


const MAX_SHOWN_CHARACTERS = 60;
/** Thrown if inputs are wrong. Its problem lists all reasons. */
class WrongInputs extends Error {
    name = 'WrongInputs';
    problem;
    constructor(reasons) {
        super(reasons.join('; '));
        // Each reason says what would be right.
        this.problem = inputProblem(reasons, '');
    }
}
/** Returns the problem for wrong inputs, or for anything else that the step is given. */
function inputProblem(reasons, advice) {
    return { failedTo: 'read the inputs', because: reasons.join('; '), reasons, advice, kind: 'input' };
}
/** The booleans of YAML 1.2's core schema, which @actions/core accepts, too. */
const BOOLEANS = new Map([
    ...['true', 'True', 'TRUE'].map((word) => [word, true]),
    ...['false', 'False', 'FALSE'].map((word) => [word, false]),
]);
const SECONDS_IN = new Map([
    ['s', 1],
    ['m', 60],
    ['h', 3_600],
]);
/**
 * Reads inputs and collects the problems of all of them. An empty input has the value `fallback`. A wrong input has the
 * value `instead`, so that it does not make other inputs appear wrong, too.
 */
class InputReader {
    #source;
    /** A set, because an input may be read more than once. */
    #problems = new Set();
    constructor(source) {
        this.#source = source;
    }
    /** Returns an input as it was given (`raw`), trimmed (`value`), and as errors quote it (`shown`). */
    given(name) {
        const raw = this.#source.input(name);
        const value = raw.trim();
        return { raw, value, shown: `"${singleLine(value, MAX_SHOWN_CHARACTERS)}"` };
    }
    wrong(problem, instead) {
        this.#problems.add(problem);
        return instead;
    }
    /** Throws {@link WrongInputs} if there is any problem. */
    throwIfWrong() {
        if (this.#problems.size > 0)
            throw new WrongInputs([...this.#problems]);
    }
    /**
     * Reads an input with `parse`, which returns `undefined` for a wrong value. `rule` says what would be right. An empty input has the
     * value `fallback`, a wrong one `instead`.
     */
    parsed(name, rule, parse, fallback, instead = fallback) {
        const { value, shown } = this.given(name);
        if (value === '')
            return fallback;
        return parse(value) ?? this.wrong(`${name} is ${shown}: ${rule}`, instead);
    }
    boolean(name, fallback = false, instead = fallback) {
        return this.parsed(name, 'it must be true or false', (value) => BOOLEANS.get(value), fallback, instead);
    }
    /** Adds a problem if a setting needs `poll: true` and the step does not wait. */
    requirePoll(setting, because) {
        // A wrong value of `poll` is a problem of its own, and counts as true here.
        if (!this.boolean('poll', false, true))
            this.wrong(`${setting} needs poll: true: ${because}`);
    }
    /**
     * Returns the repository on GitHub that a setting needs. Adds a problem if the step has none. `setting`: the setting, as the problem
     * names it. `otherwise`: what the user can do instead.
     */
    requireGitHub(workplace, setting, otherwise) {
        if (workplace?.gitProvider !== 'github')
            this.wrong(`${setting} needs a repository on GitHub: name it in repository, with git-provider: github, or ${otherwise}`);
        return workplace?.repository ?? '';
    }
    /** Adds a problem if an input is given that only a complete API has, and the step asks for V0. */
    refuseForV0(name) {
        const { isComplete = true } = traitsOf(wantedApiOf(this.given('api-version').value)) ?? {};
        if (!isComplete && this.given(name).value !== '')
            this.wrong(`${name} needs API V1 or an agent server: leave it out with API V0`);
    }
    /** Reads one of some words; by default, the first. */
    choice(name, choices, fallback = choices[0]) {
        const find = (value) => choices.find((each) => each === value);
        return this.parsed(name, `it must be one of ${choices.join(', ')}`, find, fallback);
    }
    /**
     * Reads a whole number of seconds; returns milliseconds. `fallback` and `max` are seconds. A duration with a unit is an error that
     * says how to write it.
     */
    seconds(name, fallback, max) {
        const isRight = (value) => /^0*[1-9]\d*$/.test(value) && Number(value) <= max;
        const meant = String(secondsOf(this.given(name).value));
        const hint = isRight(meant) ? `: write ${meant}` : '';
        const rule = `it must be a whole number of seconds from 1 to ${max}${hint}`;
        return 1000 * this.parsed(name, rule, (value) => (isRight(value) ? Number(value) : undefined), fallback);
    }
}
/** Converts a duration with a unit, such as `30m`, `5 min` or `1h`, to seconds; NaN if the text is none. */
function secondsOf(duration) {
    const [, number, unit = ''] = /^(\d{1,5}) ?([smh])(?:ec|in)?$/i.exec(duration) ?? [];
    return Number(number) * (SECONDS_IN.get(unit.toLowerCase()) ?? NaN);
}
/** Reads inputs with `readPart`. Throws {@link WrongInputs} with the problems of all. */
function checkInputs(source, readPart) {
    const read = new InputReader(source);
    const value = readPart(read);
    read.throwIfWrong();
    return value;
}

;// CONCATENATED MODULE: ./build/src/port/api.js
/** What can fail, as the `failedTo` of a problem. `ATTACH`: the first look at an existing conversation. */
const START = 'start the conversation';
const ATTACH = 'attach to the conversation';
const SEND = 'send the message';
const RESUME = 'resume the conversation';
const STOP = 'pause the agent';
const TRAJECTORY = 'download the trajectory';
const PATCH = "save the agent's changes";
/** A request to the API that failed. */
class ApiFailure extends Error {
    name = 'ApiFailure';
    problem;
    /** Whether the server may have processed the request anyway. */
    mayHaveActed;
    constructor(problem, mayHaveActed = false) {
        super(problem.because);
        this.problem = problem;
        this.mayHaveActed = mayHaveActed;
    }
}

;// CONCATENATED MODULE: ./build/src/port/interruption.js

/** Why the agent of a step is stopped. `failure`: the step has failed, and does not see any more what the agent does. */
const STOP_REASONS = ['cancel', 'deadline', 'budget', 'context', 'clone', 'tools', 'failure'];
/** Says that the context of the model is too small. */
const CONTEXT_TOO_SMALL = "the model's context is too small for this task";
/** What each interruption means. The words of the advice are in report/interruption.ts. */
const INTERRUPTIONS = {
    cancel: {
        because: 'the step was canceled',
        unless: 'stop-on-cancel',
        stops: 'own',
        isFailure: false,
        spares: undefined,
        status: 'cancelled',
        failure: 'cancelled',
    },
    deadline: {
        because: 'the deadline passed',
        unless: 'stop-on-timeout',
        stops: 'own',
        isFailure: false,
        spares: undefined,
        status: 'timed-out',
    },
    budget: {
        because: 'max-cost-usd was reached',
        unless: undefined,
        stops: 'at-work',
        isFailure: false,
        // Later steps must see that the budget is spent.
        spares: 'sandbox',
        status: 'over-budget',
        failure: 'budget',
    },
    /** The agent only forgets, and gets nowhere. */
    context: {
        because: CONTEXT_TOO_SMALL,
        unless: undefined,
        stops: 'at-work',
        isFailure: true,
        spares: undefined,
        status: 'error',
        failure: 'model',
    },
    clone: {
        because: 'the server could not clone the repository',
        unless: undefined,
        stops: 'any',
        isFailure: true,
        spares: undefined,
        status: 'start-failed',
        failure: 'not-found',
    },
    /** The agent has tools that it must not have. */
    tools: {
        because: 'the agent may have tools, and tools is none',
        unless: undefined,
        stops: 'at-work',
        isFailure: true,
        spares: undefined,
        status: 'start-failed',
        failure: 'input',
    },
};
const STOPS = {
    ...INTERRUPTIONS,
    // As after the deadline, nobody watches the agent any more.
    failure: { unless: 'stop-on-timeout', stops: 'own', isFailure: true, spares: undefined },
};
/** Returns the input that leaves the agent at work, because it is false; `undefined` if the agent is to be stopped. */
function inputAgainstStop(why, stopOn) {
    const { unless } = STOPS[why];
    return unless === undefined || stopOn[unless] ? undefined : unless;
}
/** An interruption as an error: the abort reason of the signal that every request gets. */
class Interruption extends Error {
    name = 'Interruption';
    kind;
    /** @param options `cause`: the failure that lasted until then. */
    constructor(kind, because = INTERRUPTIONS[kind].because, options) {
        super(because, options);
        this.kind = kind;
    }
}
/** Whether an abort reason is the deadline. */
function isDeadline(reason) {
    return reason instanceof Interruption && reason.kind === 'deadline';
}
/** Whether an error says that the server could not clone the repository. */
function isCloneFailure(error) {
    return error instanceof Interruption && error.kind === 'clone';
}
/** Returns the interruption of a step whose next retry, in `waitMs` milliseconds, would come after the deadline. */
function retryAfterDeadline(failure, waitMs) {
    const seconds = Math.round(waitMs / 1000);
    const because = `${asClause(failure.message)}; the next try would be in ${seconds} s, after the deadline`;
    return new Interruption('deadline', because, { cause: failure });
}

;// CONCATENATED MODULE: ./build/src/text/lines.js

const step = (text) => ({ level: 'step', text });
const heartbeat = (text) => ({ level: 'heartbeat', text });
const lines_notice = (text) => ({ level: 'notice', text });
const warning = (text) => ({ level: 'warning', text });
/**
 * Converts a text to one log line that is no command to the runner. The runner looks for `::` at the start of a line, after any kind
 * of white space, and for `##[` anywhere in it.
 * Source: `ActionCommand.TryParseV2` and `TryParse` in actions/runner, src/Runner.Common/ActionCommand.cs.
 */
function logLine(text) {
    const line = stripInvisible(text)
        .replace(/[\n\t]/g, ' ')
        .trimEnd();
    const harmless = line.replaceAll('##[', '## [');
    return /^\s*::/.test(harmless) ? `| ${harmless}` : harmless;
}
/** Converts a text to log lines that begin with a bar: nobody should mistake them for the action's own. */
function quotedLines(text) {
    return stripInvisible(text)
        .split('\n')
        .map((line) => logLine(`  | ${line}`));
}

;// CONCATENATED MODULE: ./build/src/result/words.js


/** What failed if the agent does not say that it has done the task. */
const GET_DONE = 'get the task done';
/** What may be around the line: white space, and Markdown's characters for emphasis and code. */
const AROUND_LINE = ' \t\r\n*_`';
/** The longest line that is looked at. */
const MAX_LINE = 4_000;
const DONE = /^result[*_`]*:[\s*_`]*done[.!]?$/i;
const BLOCKED = /^result[*_`]*:[\s*_`]*blocked(?!\w)[\s*_`:,.–—-]*/i;
/** Reads the result from an answer's last line with text (more than Markdown's `*`, `_` or backticks); `undefined` if that has none. */
function resultOf(answer) {
    const { line } = resultLineOf(answer);
    if (DONE.test(line))
        return { kind: 'done' };
    const [start] = BLOCKED.exec(line) ?? [];
    return start === undefined ? undefined : { kind: 'blocked', reason: line.slice(start.length) };
}
/** Returns an answer without the line that {@link resultOf} reads. */
function withoutResult(answer) {
    return resultOf(answer) === undefined ? answer : answer.slice(0, resultLineOf(answer).at).trimEnd();
}
/**
 * Returns the last line with text, without the characters of Markdown around it. `at`: where in the answer the line begins, these characters
 * included.
 */
function resultLineOf(answer) {
    // A loop, because a pattern for the end of a text can take as long as the square of its length.
    let end = answer.length;
    while (end > 0 && AROUND_LINE.includes(answer.charAt(end - 1)))
        end -= 1;
    let at = answer.lastIndexOf('\n', end - 1) + 1;
    const line = answer.slice(at, Math.min(end, at + MAX_LINE)).replace(/^[\s*_`]+/, '');
    // In a code block of its own, the line begins with the fence above it. A fence is short, so it is within the 100 characters before.
    const isInBlock = answer.slice(end).includes('```');
    const before = /(?:^|\n)[ \t]*`{3,}[a-z]*[ \t]*\r?\n$/.exec(answer.slice(Math.max(0, at - 100), at));
    if (isInBlock && before !== null)
        at -= before[0].length;
    return { line, at };
}
function lineOfResult(event) {
    if (event.kind === 'result-not-asked')
        return notice('The agent was never asked for its result, so its answer is not judged by require-result');
    const advice = event.lacksRight ? '; give the job the permission pull-requests: read' : '';
    return notice(`A pull request counts, although it could not be read: ${asClause(event.because)}${advice}`);
}

;// CONCATENATED MODULE: ./build/src/report/problem.js




/** Formats a problem as the one-line error of a failed step: what failed, why, and what to do if `advice` says that. */
function problemLine({ failedTo, because, ...problem }, advice = problem.advice) {
    const todo = advice === '' ? '' : ` What to do: ${advice}.`;
    return `failed to ${failedTo}: ${safe_asClause(because)}.${todo}`;
}
/**
 * Returns the problem of an outcome, or the one behind its bad ending; `undefined` if there is none. `isIdle`: the agent is certainly not
 * at work any more.
 */
function problemIn(outcome, isIdle = false) {
    switch (outcome.kind) {
        case 'skipped':
        case 'running':
        case 'succeeded':
            return undefined;
        case 'agent-failed':
            return outcome.problem ?? problemOfEnd(outcome, isIdle);
        default:
            return outcome.problem;
    }
}
const FINISH = 'finish the work';
const SAID_BY_STATUS = [FINISH, START, SEND, GET_DONE];
/** Whether what failed says no more than the status, in whose words a page begins. */
function isSaidByStatus(failedTo) {
    return SAID_BY_STATUS.some((each) => failedTo.startsWith(each));
}
const USE_ANOTHER_MODEL = 'use a shorter message or a model with a larger context';
/** Returns the problem behind the end of a failed agent. `isIdle`: as in {@link problemIn}. */
function problemOfEnd(end, isIdle) {
    const { status, absent, isArchived } = end;
    const { because, advice, next, kind } = meaningOf(end);
    const late = absent === 'reason' ? ', and the deadline passed before the reason arrived' : '';
    const mayWork = status === 'missing' && !isIdle && isArchived === undefined;
    return {
        failedTo: FINISH,
        because: because + detailOf(end) + late,
        ...(mayWork ? { advice: CHECK_IF_OVER } : { advice, next }),
        kind,
    };
}
/** Returns what an end means by its status and by what the server says of it. */
function meaningOf(end) {
    if (end.status === 'error')
        return meaningOfError(end);
    const meaning = ON_END[end.status];
    return { ...meaning, kind: end.failure ?? meaning.kind };
}
function meaningOfError({ failure, storedEnd, absent }) {
    const fault = storedEnd?.fault ?? 'agent';
    const { advice, next, kind: kindOfFault } = ON_FAULT[fault];
    const kind = failure ?? kindOfFault;
    const hasBegun = absent !== 'beginning';
    const because = hasBegun ? (ON_KNOWN_FAULT.get(fault) ?? ERROR) : NEVER_BEGAN;
    if (kind === 'sandbox')
        return { because, ...SANDBOX_GONE, kind };
    // The message is not stored.
    if (!hasBegun)
        return { because, advice: 'send the agent the message again', next: 'tell', kind };
    return { because, advice, next, kind };
}
const UNREACHED_MODEL = "the model's service could not be reached";
const ERROR = 'the agent or its sandbox ran into an error';
const ON_KNOWN_FAULT = new Map([
    ['agent-limit', 'the agent reached its limit of steps'],
    ['server', "the agent's server failed"],
    ['model', 'the request to the model failed'],
    ['model-context', CONTEXT_TOO_SMALL],
    ['model-name', 'the provider does not have this model'],
    ['model-key', "the model's provider refuses the key"],
    ['model-credit', 'the account that pays for the model has no credit left'],
    ['model-limit', 'a limit of the model is reached'],
    ['model-service', "the model's service does not work"],
    ['model-connection', UNREACHED_MODEL],
    ['model-address', UNREACHED_MODEL],
    ['model-pictures', 'the model refuses a picture, which stays in the conversation'],
]);
const NEVER_BEGAN = 'the message was accepted, but the agent never started to work on it';
/** A conversation keeps its sandbox. */
const SANDBOX_GONE = { advice: '', next: 'new-agent' };
/** Returns the output `failure-kind`; `undefined` if the step succeeds. */
function failureKindOf(outcome) {
    const problem = problemIn(outcome);
    return problem && (problem.kind ?? 'unknown');
}
/** Returns the reason of an end or, if there is none, the last phase; empty if that says nothing new. */
function detailOf({ status, phase, failure, storedEnd, absent }) {
    if (storedEnd?.reason !== undefined)
        return `: ${storedEnd.reason}`;
    // The phase of an agent that is in error or stuck says no more than the status, unless the agent never began. Post may not know it.
    const isRepeated = status === 'stuck' || (status === 'error' && failure === undefined);
    return phase === '' || (isRepeated && absent !== 'beginning') ? '' : ` (${phase})`;
}
/** What each end without success means, except `error`: {@link ON_FAULT} has that. */
const ON_END = {
    'needs-input': {
        kind: 'needs-input',
        because: 'the agent is waiting for input',
        advice: 'answer the agent',
        next: 'tell',
    },
    stuck: {
        kind: 'agent',
        because: 'the agent is stuck: it keeps repeating itself',
        advice: 'tell the agent what to do instead',
        next: 'tell',
    },
    paused: {
        kind: 'paused',
        because: 'the conversation was paused before the agent was done',
        advice: '',
        next: 'go-on',
    },
    missing: {
        kind: 'sandbox',
        because: 'the conversation or its sandbox is gone',
        ...SANDBOX_GONE,
    },
};
/** A second agent at work on the same task would be worse than none. */
const CHECK_IF_OVER = 'make sure that the agent is not working any more before another one starts (a restarted server may not list the conversation yet)';
/**
 * A conversation keeps the model that it has begun with, its key and its address: a message carries none. Source: `agent_settings` of
 * `StartConversationRequest` in OpenHands/software-agent-sdk, and `llm_model` in V1's description.
 */
const OF_MODEL = { kind: 'model', next: 'new-agent' };
const SERVICE = {
    kind: 'model',
    advice: "wait until the model's service works again",
    next: 'go-on',
};
/** What to do about each fault. */
const ON_FAULT = {
    agent: { kind: 'agent', advice: '', next: 'go-on' },
    'agent-limit': { kind: 'agent', advice: '', next: 'go-on' },
    server: { kind: 'server', advice: 'wait until the server works again', next: 'go-on' },
    model: {
        ...OF_MODEL,
        advice: 'check the model and its key, credit and limits (model, llm-api-key and llm-base-url, or the settings of the account or server)',
    },
    'model-context': { ...OF_MODEL, advice: USE_ANOTHER_MODEL },
    'model-name': {
        ...OF_MODEL,
        advice: 'check that the provider has this model (model, or the settings of the account or server)',
    },
    'model-pictures': {
        ...OF_MODEL,
        advice: 'remove the picture from the text, or set images: false',
    },
    'model-key': {
        ...OF_MODEL,
        advice: 'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server)',
    },
    'model-credit': {
        kind: 'quota',
        advice: 'add credit to the account that pays for the model',
        next: 'go-on',
    },
    'model-limit': {
        kind: 'rate-limit',
        advice: 'wait, or have the limits of the model raised',
        next: 'go-on',
    },
    'model-service': SERVICE,
    'model-connection': SERVICE,
    'model-address': {
        ...OF_MODEL,
        advice: "check llm-base-url, as seen from the server's machine",
    },
};

;// CONCATENATED MODULE: ./build/src/text/data.js
/** Parses JSON; `undefined` if the text is not JSON. Drops the parser's message, because it quotes the text. */
function parseJson(text) {
    try {
        const value = JSON.parse(text);
        return { value };
    }
    catch {
        return undefined;
    }
}
/** Returns a property of any value; `undefined` if it has none of that name. */
function memberOf(value, name) {
    if (typeof value !== 'object' || value === null)
        return undefined;
    const member = Reflect.get(value, name);
    return member;
}
/** Returns what is at a path of names with dots between them; `undefined` if nothing is. */
function memberAt(value, path) {
    let member = value;
    for (const name of path.split('.'))
        member = memberOf(member, name);
    return member;
}
/** Returns the text at a path; empty if none is there. */
function textAt(value, path) {
    const member = memberAt(value, path);
    return typeof member === 'string' ? member : '';
}
/** Returns a whole number above zero at a path; `undefined` for anything else. */
function numberAt(value, path) {
    const member = memberAt(value, path);
    return typeof member === 'number' && Number.isSafeInteger(member) && member > 0 ? member : undefined;
}
/** Whether a text is a UUID, with dashes or without: servers send both. */
function isUuid(text) {
    return /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text);
}
/** Returns a copy of plain data without secrets. Kinds and statuses stay: they are our own words. */
function withoutSecrets(data, redact) {
    const copy = { data };
    redactIn(copy, redact);
    return copy.data;
}
/** Redacts the members of a copy, and of copies of its members. `listName`: if the parent is a list, the name of that. */
function redactIn(parent, redact, listName) {
    const members = Object.entries(parent);
    for (const [key, member] of members) {
        const field = listName ?? key;
        if (field !== 'kind' && field !== 'status' && typeof member === 'string')
            Reflect.set(parent, key, redact(member));
        else if (typeof member === 'object' && member !== null) {
            const isList = Array.isArray(member);
            const copy = isList ? Array.from(member) : { ...member };
            Reflect.set(parent, key, copy);
            redactIn(copy, redact, isList ? field : undefined);
        }
    }
}
/** Estimates how many bytes a JSON text takes once parsed: each value in it takes about 64, however short. */
function parsedSizeOf(json) {
    let bytes = 64 + json.length;
    let isText = false;
    for (let at = 0; at < json.length; at += 1) {
        const character = json.charAt(at);
        if (character === '\\')
            at += 1;
        else if (character === '"')
            isText = !isText;
        else if (!isText && ',[{'.includes(character))
            bytes += 64;
    }
    return bytes;
}

;// CONCATENATED MODULE: ./build/src/text/to-error.js

/** The message of what has none. */
const UNKNOWN_REASON = 'unknown reason';
/** Returns the properties of a thrown value, whatever it is. */
function toError(error) {
    return {
        message: textAt(error, 'message') || UNKNOWN_REASON,
        code: textAt(error, 'code'),
        stack: textAt(error, 'stack'),
        cause: firstCauseOf(error),
    };
}
/** Returns the cause of an error. A connection to several addresses fails for several causes; the first is enough. */
function firstCauseOf(error) {
    const errors = memberOf(error, 'errors');
    return Array.isArray(errors) ? memberOf(errors, '0') : memberOf(error, 'cause');
}

;// CONCATENATED MODULE: ./build/local/src/failure.js
/** The values of `failedTo` in the problems of local/. */
const START_SERVER = 'start the agent server';
const INSTALL = 'install the agent server';
const ISOLATE = 'isolate the agent';
/** Thrown if a part of the start failed, with the problem that people see. */
class LocalFailure extends Error {
    name = 'LocalFailure';
    problem;
    constructor(failedTo, because, advice) {
        super(because);
        this.problem = { failedTo, because, advice };
    }
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: ./build/local/src/place.js


const NAME = /^openhands-local-[0-9a-f]{12}$/;
/** Returns the paths for an id, below the runner's temporary folder. Creates nothing. */
function placeFor(temporary, id) {
    return placeAt((0,external_node_path_namespaceObject.join)(temporary, `openhands-local-${id}`));
}
/** Returns the place that main saved; `undefined` if the text is not such a path: other steps can write the state, too. */
function savedPlace(text, temporary) {
    const name = (0,external_node_path_namespaceObject.basename)(text);
    return NAME.test(name) && text === (0,external_node_path_namespaceObject.join)(temporary, name) ? placeAt(text) : undefined;
}
/** Creates the folders and the log, which other users cannot read. */
function createPlace(place) {
    (0,external_node_fs_namespaceObject.mkdirSync)(place.base, { mode: 0o700 });
    for (const folder of [place.home, place.tmp, place.workspace])
        (0,external_node_fs_namespaceObject.mkdirSync)(folder, { mode: 0o700 });
    (0,external_node_fs_namespaceObject.writeFileSync)(place.log, '', { mode: 0o600 });
}
/** Saves a value about the server in a file, for post and for isolate.sh. */
function saveNote(place, name, text) {
    (0,external_node_fs_namespaceObject.writeFileSync)((0,external_node_path_namespaceObject.join)(place.base, name), text, { mode: 0o600 });
}
/** Reads a value that {@link saveNote} saved; `undefined` if there is none. */
function readNote(place, name) {
    try {
        return (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(place.base, name), 'utf8').trim();
    }
    catch {
        return undefined;
    }
}
function placeAt(base) {
    return {
        base,
        home: (0,external_node_path_namespaceObject.join)(base, 'home'),
        tmp: (0,external_node_path_namespaceObject.join)(base, 'tmp'),
        workspace: (0,external_node_path_namespaceObject.join)(base, 'workspace'),
        log: `${base}.log`,
    };
}

;// CONCATENATED MODULE: external "./core.js"
var x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var y = (x) => (() => (x))
const external_core_js_namespaceObject = x({ ["debug"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.debug), ["getInput"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.getInput), ["getState"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.getState), ["info"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.info), ["isDebug"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.isDebug), ["notice"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.notice), ["saveState"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.saveState), ["setFailed"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setFailed), ["setOutput"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setOutput), ["setSecret"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setSecret), ["summary"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.summary), ["warning"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.warning) });
;// CONCATENATED MODULE: external "./valibot.js"
var external_valibot_js_x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var external_valibot_js_y = (x) => (() => (x))
const external_valibot_js_namespaceObject = external_valibot_js_x({ ["boolean"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.boolean), ["custom"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.custom), ["exactOptional"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.exactOptional), ["fallback"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.fallback), ["literal"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.literal), ["number"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.number), ["object"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.object), ["parse"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.parse), ["parseJson"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.parseJson), ["picklist"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.picklist), ["pipe"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.pipe), ["regex"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.regex), ["string"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.string), ["variant"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.variant) });
;// CONCATENATED MODULE: ./build/src/port/unfinished.js



const Id = external_valibot_js_namespaceObject.pipe(external_valibot_js_namespaceObject.string(), external_valibot_js_namespaceObject.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** Absent counts as false. */
const Flag = external_valibot_js_namespaceObject.exactOptional(external_valibot_js_namespaceObject.boolean());
/** All statuses: an object, so that its type asks for each. */
const STATUSES = {
    running: true,
    finished: true,
    stopped: true,
    skipped: true,
    'needs-input': true,
    error: true,
    stuck: true,
    missing: true,
    paused: true,
    'start-failed': true,
    unreachable: true,
    'over-budget': true,
    'invalid-output': true,
    'not-done': true,
    'checks-failed': true,
    'timed-out': true,
    cancelled: true,
};
const Status = external_valibot_js_namespaceObject.custom((text) => typeof text === 'string' && Object.hasOwn(STATUSES, text));
/**
 * `marker`: the id in the marker of the step's comment; absent if it has none. `status`: how main has ended, which its summary and its
 * outcome file show; absent if it was killed before.
 */
const Marked = { marker: external_valibot_js_namespaceObject.exactOptional(Id), status: external_valibot_js_namespaceObject.exactOptional(Status) };
/** The conversation. */
const Known = { version: external_valibot_js_namespaceObject.picklist(API_VERSIONS), id: Id, ...Marked };
/**
 * Why main has left an agent to post. `said`: what main has said of the agent; with `no-conversation`, it did not know one.
 * `isGone`: the server does not answer.
 */
const Left = external_valibot_js_namespaceObject.object({
    why: external_valibot_js_namespaceObject.picklist(STOP_REASONS),
    said: external_valibot_js_namespaceObject.picklist(['no-conversation', 'paused', 'not-paused']),
    isGone: Flag,
});
/**
 * `left` is absent if main was killed. `isReported`: summary and comment show how main ended. `isUnsentByKey`: the step has found the
 * conversation by its key, and has not sent its message.
 */
const Agent = { ...Known, left: external_valibot_js_namespaceObject.exactOptional(Left), isReported: Flag, isUnsentByKey: Flag };
/**
 * `at`: when the server was asked for the conversation, in milliseconds since 1970. `stepTag`: the tag of this step's start; present
 * if the id comes from a key, so that other runs may have asked for the same conversation.
 */
const Asked = { ...Agent, at: external_valibot_js_namespaceObject.exactOptional(external_valibot_js_namespaceObject.number()), stepTag: external_valibot_js_namespaceObject.exactOptional(Id) };
const UnfinishedWork = external_valibot_js_namespaceObject.variant('kind', [
    /** Nothing is left to do. */
    external_valibot_js_namespaceObject.object({ kind: external_valibot_js_namespaceObject.literal('over') }),
    /** The comment announces a start, but no request was sent. */
    external_valibot_js_namespaceObject.object({ kind: external_valibot_js_namespaceObject.literal('announced'), ...Marked }),
    /** Nothing needs to be stopped, but the outcome is not reported yet. `isUnsentByKey`: as for an agent. */
    external_valibot_js_namespaceObject.object({ kind: external_valibot_js_namespaceObject.literal('unreported'), isUnsentByKey: Flag, ...Known }),
    /** The server was asked for a conversation with this id. */
    external_valibot_js_namespaceObject.object({ kind: external_valibot_js_namespaceObject.literal('asked'), ...Asked }),
    /** The server has accepted a start, as `task`. */
    external_valibot_js_namespaceObject.object({ kind: external_valibot_js_namespaceObject.literal('pending'), task: Id, ...Asked }),
    /** The conversation exists. `pendingWork`: see `PendingWork` of the port. */
    external_valibot_js_namespaceObject.object({
        kind: external_valibot_js_namespaceObject.literal('started'),
        pendingWork: external_valibot_js_namespaceObject.exactOptional(external_valibot_js_namespaceObject.picklist(['start', 'later', 'delivered'])),
        task: external_valibot_js_namespaceObject.exactOptional(Id),
        ...Asked,
    }),
]);
const Saved = external_valibot_js_namespaceObject.fallback(external_valibot_js_namespaceObject.pipe(external_valibot_js_namespaceObject.string(), external_valibot_js_namespaceObject.parseJson(), UnfinishedWork), { kind: 'over' });
/** Converts the unfinished work to text, for the runner to save; empty if there is none. */
function stateText(work) {
    return work.kind === 'over' ? '' : JSON.stringify(work);
}
/** Parses what `main` has saved. Other steps of the job can write it, so only ids in the right format count. */
function parseState(text) {
    return external_valibot_js_namespaceObject.parse(Saved, text);
}

;// CONCATENATED MODULE: ./build/src/text/secrets.js

/** What a secret is replaced by; the runner's log uses the same. */
const MASK = '***';
/** Shorter forms, such as pieces of Base64, would match other texts by accident. */
const MIN_FORM_LENGTH = 8;
/** How many characters of a secret must precede an ellipsis to count as its start. */
const MIN_START_LENGTH = 4;
/** How often escapes are undone: a text may arrive escaped twice, and our Markdown escapes it once more. */
const MAX_PASSES = 3;
/** Creates an empty register. `announce` gets each new secret and its Base64 forms: the runner masks them in its log, too. */
function createSecrets(announce) {
    const known = new Set();
    let finder;
    const finderOfKnown = () => (finder ??= createFinder(known));
    return {
        add(...values) {
            for (const form of values.flatMap(formsOf)) {
                if (known.has(form))
                    continue;
                announce(form);
                known.add(form);
                finder = undefined;
            }
        },
        redact: (text) => (known.size === 0 ? text : maskSecrets(text, finderOfKnown())),
        hasSecret(text) {
            const find = finderOfKnown();
            return known.size > 0 && readingsOf(text).some((reading) => find(reading).next().done !== true);
        },
    };
}
/** Creates a finder of secrets in their forms. Looks only where the first characters of a form are. */
function createFinder(forms) {
    // Longest first.
    const sorted = [...forms].toSorted((one, other) => other.length - one.length);
    const byStart = Map.groupBy(sorted, (form) => form.slice(0, MIN_START_LENGTH));
    // A lookahead, because secrets can overlap.
    const anyStart = new RegExp(`(?=(${[...byStart.keys()].map(RegExp.escape).join('|')}))`, 'g');
    return function* find(text) {
        for (const { index: start, 1: first = '' } of text.matchAll(anyStart)) {
            const candidates = byStart.get(first) ?? [];
            const lengths = candidates.map((form) => lengthAt(start, form, text));
            const length = Math.max(...lengths);
            if (length > 0)
                yield { start, end: start + length };
        }
    };
}
/** Returns how much of a form is at a place in a text: all of it, or what an ellipsis has left; 0 if neither. */
function lengthAt(start, form, text) {
    if (text.startsWith(form, start))
        return form.length;
    const left = text.slice(start, start + form.length).indexOf('…');
    return left >= MIN_START_LENGTH && text.startsWith(form.slice(0, left), start) ? left : 0;
}
/**
 * Returns the forms in which a secret is looked for: as it is, with its own escapes undone, and inside Base64 and URL-safe Base64. None if
 * it is too short.
 */
function formsOf(secret) {
    const plain = secret.replace(ANY_UNSEEN, '');
    const bare = [...readingsOf(plain)].at(-1) ?? plain;
    const base64 = [0, 1, 2].map((offset) => base64Within(secret, offset));
    const urlSafe = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
    const others = [bare, ...base64, ...urlSafe].filter((form) => form.length >= MIN_FORM_LENGTH);
    return plain.length < MIN_START_LENGTH ? [] : [plain, ...others];
}
/**
 * Returns the characters that represent a value inside longer Base64, for an offset in a group of three bytes. Leaves out those at
 * either end that also depend on adjacent bytes.
 */
function base64Within(value, offset) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    // A character has 6 bits: those of the value alone begin after the bytes before it, and end with the last whole 6 bits.
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    return bytes.toString('base64').slice(first, last);
}
/** Returns a text with each secret replaced, also one that only a reading of the text shows. */
function maskSecrets(text, find) {
    const readings = [...readingsOf(text)];
    let spans = [];
    // Searches the last reading first. What is found there is placed in the reading before it, and so on back to the text.
    for (const [at, reading] of [...readings.entries()].reverse()) {
        const all = unionOf([...spans, ...find(reading)]);
        const before = readings[at - 1];
        spans = before === undefined ? placesIn(text, UNSEEN, all) : placesIn(before, ESCAPES, all);
    }
    let result = '';
    let done = 0;
    for (const { start, end } of unionOf(spans)) {
        result += text.slice(done, start) + MASK;
        done = end;
    }
    return result + text.slice(done);
}
/** Returns spans in order, with those that overlap as one. */
function unionOf(spans) {
    const all = [];
    for (const span of spans.toSorted((a, b) => a.start - b.start)) {
        const last = all.at(-1);
        if (last === undefined || span.start >= last.end)
            all.push(span);
        else
            all[all.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    }
    return all;
}
/** Returns a text without unseen characters, and then with its escapes undone once, twice and so on. */
function* readingsOf(text) {
    let last = text.replace(UNSEEN.pattern, '');
    yield last;
    for (let round = 0; round < MAX_PASSES; round += 1) {
        const next = replaceMatches(last, ESCAPES);
        if (next === last)
            return;
        yield next;
        last = next;
    }
}
function replaceMatches(text, { pattern, by }) {
    const pieces = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
        pieces.push(text.slice(done, match.index), by(match));
        done = match.index + match[0].length;
    }
    return done === 0 ? text : pieces.join('') + text.slice(done);
}
/** Returns where parts of a text after the replacement were before it. The parts are in order and do not overlap. */
function placesIn(text, { pattern, by }, parts) {
    // The first and the last character of each part, and where each of these was.
    const edges = parts.flatMap(({ start, end }) => [start, end - 1]);
    const places = [];
    /** How many characters the text has lost so far. */
    let lost = 0;
    /** Places the next edges, up to `limit`: at `match` if they are in its replacement, or else where they were. */
    const placeUpTo = (limit, match) => {
        for (let at = edges[places.length]; at !== undefined && at < limit; at = edges[places.length])
            places.push(match ?? { start: at + lost, end: at + lost + 1 });
    };
    for (const match of parts.length > 0 ? text.matchAll(pattern) : []) {
        const start = match.index;
        const end = start + match[0].length;
        const newStart = start - lost;
        const newEnd = newStart + by(match).length;
        placeUpTo(newStart);
        placeUpTo(newEnd, { start, end });
        lost = end - newEnd;
        if (places.length === edges.length)
            break;
    }
    placeUpTo(Infinity);
    return parts.map((_part, at) => ({
        start: places[2 * at]?.start ?? 0,
        end: places[2 * at + 1]?.end ?? 0,
    }));
}
/**
 * The most characters of one match: a pattern takes memory for each repetition, and fails for 16 MB of blanks. The rest is the next
 * match.
 */
const MAX_RUN = 1_000;
const UNSEEN_CHARACTERS = String.raw `[\s\p{Cc}${INVISIBLE_FORMATS}]{1,${MAX_RUN}}`;
const ANY_UNSEEN = new RegExp(UNSEEN_CHARACTERS, 'gu');
/** All control characters but those that begin and end a terminal sequence: that is removed as a whole. */
const OTHER_CONTROLS = String.raw `\0-\u0006\u0008-\u001A\u001C-\u001F\u007F-\u009F`;
const UNSEEN_OUTSIDE_SEQUENCES = new RegExp(String.raw `[\s${OTHER_CONTROLS}${INVISIBLE_FORMATS}]{1,${MAX_RUN}}`, 'gu');
const ESCAPE = new RegExp([
    // An escape that an ellipsis cut off.
    String.raw `(?:\\u?[0-9a-f]{0,4}|%[0-9a-f]?|&#?[0-9a-z]{0,8}|\u001B\[?[\d;]*)(?=…)`,
    String.raw `\\(?:u(?<unit>[0-9a-f]{4})|u\{(?<point>[0-9a-f]{1,6})\}|x(?<byte>[0-9a-f]{2})|[bfnrt]|(?<sign>[^A-Za-z0-9\u001B]))`,
    String.raw `(?<bytes>(?:%[0-9a-f]{2})+)`,
    String.raw `&(?:#0{0,9}(?<decimal>\d{1,7})|#x0{0,9}(?<hex>[0-9a-f]{1,6})|(?<name>amp|lt|gt|quot|apos));`,
    TERMINAL_SEQUENCE.source,
    UNSEEN_CHARACTERS,
].join('|'), 'giu');
const NAMES = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));
/** Returns the visible characters that an escape stands for. */
function charactersOf({ groups = {} }) {
    const { unit, point, byte, sign, bytes, decimal, hex, name } = groups;
    if (sign !== undefined)
        return sign.replace(ANY_UNSEEN, '');
    if (bytes !== undefined)
        return Buffer.from(bytes.replaceAll('%', ''), 'hex').toString();
    if (name !== undefined)
        return NAMES.get(name.toLowerCase()) ?? '';
    // Without digits, as in `\n`, the code is NaN, and nothing visible is left.
    const digits = unit ?? point ?? byte ?? hex;
    const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code).replace(UNSEEN_OUTSIDE_SEQUENCES, '') : '';
}
const UNSEEN = { pattern: UNSEEN_OUTSIDE_SEQUENCES, by: () => '' };
const ESCAPES = { pattern: ESCAPE, by: charactersOf };

;// CONCATENATED MODULE: ./build/src/github/runner.js






const STATE_NAME = 'conversation';
const OUTCOME_FILE = 'outcome-file';
const HELP_URL = 'help-url';
/** What main saves as {@link HELP_URL}. Another step can have saved something else. */
const HELP_PAGE = /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/blob\/[\w./-]+\/docs\/troubleshooting\.md$/;
/** Enough for a stack trace, or a list of all wrong inputs. */
const MAX_ANNOTATION_LENGTH = 16_000;
/**
 * Keeps the process alive if nobody reads its output any more, as after a kill of the runner's worker: it may have to pause an agent.
 * Without a listener, the next line would end it with EPIPE. Call it once.
 */
function ignoreBrokenPipes() {
    for (const stream of [process.stdout, process.stderr])
        stream.on('error', () => undefined);
}
/** Creates the runner with GitHub's Actions toolkit. */
function githubRunner() {
    const secrets = createSecrets((form) => {
        external_core_js_namespaceObject.setSecret(form);
    });
    const line = (text) => logLine(shorten(secrets.redact(text), MAX_ANNOTATION_LENGTH));
    const warning = (text) => {
        external_core_js_namespaceObject.warning(line(text));
    };
    let unwritten;
    return {
        secrets,
        input: (name) => external_core_js_namespaceObject.getInput(name, { trimWhitespace: false }),
        allInputs: () => inputsIn(process.env),
        output(name, value) {
            try {
                external_core_js_namespaceObject.setOutput(name, secrets.redact(value));
            }
            catch (error) {
                unwritten ??= unwrittenProblem(name, error);
            }
        },
        outputProblem: () => unwritten,
        saveState(state) {
            try {
                // The state holds no secret. If one happens to be part of it, the redacted rest is no valid state, and post does nothing.
                external_core_js_namespaceObject.saveState(STATE_NAME, secrets.redact(stateText(state)));
            }
            catch (error) {
                warning(`the state for the post step could not be saved: ${toError(error).message}`);
            }
        },
        savedState: () => parseState(external_core_js_namespaceObject.getState(STATE_NAME)),
        saveOutcomeFile(path) {
            external_core_js_namespaceObject.saveState(OUTCOME_FILE, path);
        },
        savedOutcomeFile: () => external_core_js_namespaceObject.getState(OUTCOME_FILE),
        saveHelpUrl(url) {
            external_core_js_namespaceObject.saveState(HELP_URL, url);
        },
        savedHelpUrl() {
            const url = external_core_js_namespaceObject.getState(HELP_URL);
            return HELP_PAGE.test(url) ? url : undefined;
        },
        debug(text) {
            if (external_core_js_namespaceObject.isDebug())
                external_core_js_namespaceObject.debug(line(text));
        },
        info(...lines) {
            if (lines.length > 0)
                external_core_js_namespaceObject.info(lines.map(line).join('\n'));
        },
        quote(heading, text) {
            external_core_js_namespaceObject.info([line(heading), ...quotedLines(secrets.redact(text))].join('\n'));
        },
        notice(text) {
            external_core_js_namespaceObject.notice(line(text));
        },
        warning,
        fail(text) {
            external_core_js_namespaceObject.setFailed(line(text));
        },
        async summary(markdown) {
            try {
                await external_core_js_namespaceObject.summary.addRaw(secrets.redact(markdown)).write();
            }
            catch (error) {
                warning(`the summary could not be written: ${toError(error).message}`);
            }
        },
    };
}
function unwrittenProblem(output, error) {
    return {
        failedTo: `write the output ${output}`,
        because: toError(error).message,
        advice: 'check whether the disk of the runner is full',
    };
}
/** Returns the inputs in an environment that are not empty, by lower-case name. */
function inputsIn(env) {
    return new Map(Object.entries(env).flatMap(([name, value = '']) => {
        const [, input] = /^INPUT_(.+)$/i.exec(name) ?? [];
        return input === undefined || value.trim() === '' ? [] : [[input.toLowerCase(), value]];
    }));
}

;// CONCATENATED MODULE: ./build/local/src/runner.js


/** Connects `local/action.yml` to GitHub's runner. */
function githubLocalRunner() {
    return {
        ...githubRunner(),
        input: (name) => external_core_js_namespaceObject.getInput(name),
        output(name, value) {
            external_core_js_namespaceObject.setOutput(name, value);
        },
        save(base) {
            external_core_js_namespaceObject.saveState('base', base);
        },
        saved: () => external_core_js_namespaceObject.getState('base'),
    };
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./build/local/src/git-config.js
/**
 * The settings that git needs to work in the copy and to find changes. All others may contain a secret or make git read one:
 * headers, credential helpers, included files, rewritten addresses.
 */
const ALLOWED = [
    /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks)$/,
    /^core\.(?:autocrlf|eol|safecrlf|sparsecheckout|sparsecheckoutcone|longpaths|protectntfs|protecthfs)$/,
    // Not worktreeconfig: the copy has all settings in one file.
    /^extensions\.(?!worktreeconfig$)\w+$/,
    /^index\.(?:version|sparse)$/,
    /^remote\..+\.(?:url|fetch|tagopt|promisor|partialclonefilter)$/,
    /^branch\..+\.(?:remote|merge)$/,
    /^submodule\..+\.(?:url|active)$/,
    /^lfs\.repositoryformatversion$/,
];
/** The settings that `git lfs install` writes. Without them LFS files would appear as changed. */
const LFS = new Map([
    ['filter.lfs.clean', 'git-lfs clean -- %f'],
    ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
    ['filter.lfs.process', 'git-lfs filter-process'],
    ['filter.lfs.required', 'true'],
]);
/** Parses the output of `git config --list --null`. A name without a value means `true`. */
function settingsIn(output) {
    return output
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => {
        const end = entry.indexOf('\n');
        return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    });
}
/** Returns the settings for a copy. Removes users and passwords from values; leaves out a name that contains one. */
function allowedSettings(settings) {
    return settings
        .filter(([name, value]) => isAllowed(name, value) && withoutUser(name) === name)
        .map(([name, value]) => [name, withoutUser(value)]);
}
/** Formats settings as the text of a git configuration file. */
function configText(settings) {
    return settings
        .map(([name, value]) => `${sectionOf(name)}\n\t${lastPartOf(name)} = ${quote(value)}\n`)
        .join('');
}
function isAllowed(name, value) {
    // Git writes the working tree of a submodule as a path from its folder in `.git`. An absolute path would lead out of the copy.
    if (name === 'core.worktree')
        return value.startsWith('../');
    return LFS.get(name) === value || ALLOWED.some((pattern) => pattern.test(name));
}
/** Matches the password in an ssh URL, with what is before it as its group. */
const SSH_PASSWORD = /\b(ssh:\/\/[^/:@]*):[^/]*@/gi;
/**
 * Matches `://` and the user after it, unless the scheme is exactly `ssh`. It begins with `://`, because a search for any scheme would
 * try each letter of a long text as its first.
 */
const USER = /(?<!(?<![a-z0-9+.-])ssh):\/\/[^/]*@/gi;
/** Removes user, password and query from a URL, but only the password from an ssh URL. `git@host:path` is not a URL. */
function withoutUser(text) {
    return text.replaceAll(SSH_PASSWORD, '$1@').replaceAll(USER, '://').replace(/\?.*$/s, '');
}
/** Returns the line that begins the section of a setting: `[core]` for core.bare, `[branch "a.b"]` for branch.a.b.merge. */
function sectionOf(name) {
    const first = name.indexOf('.');
    const last = name.lastIndexOf('.');
    const sub = name.slice(first + 1, last);
    return first === last
        ? `[${name.slice(0, first)}]`
        : `[${name.slice(0, first)} "${sub.replaceAll(/["\\]/g, '\\$&')}"]`;
}
function lastPartOf(name) {
    return name.slice(name.lastIndexOf('.') + 1);
}
function quote(value) {
    return `"${value
        .replaceAll(/["\\]/g, '\\$&')
        .replaceAll('\n', String.raw `\n`)
        .replaceAll('\t', String.raw `\t`)}"`;
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./build/local/src/programs.js


/** Runs a program and waits for its end. Never throws: if the program cannot be started, the result says so. */
async function run(program, args, { env = process.env, input = '', detached = false } = {}) {
    return new Promise((resolve) => {
        // Not in the checkout: many programs read settings or load code from the current folder.
        const child = (0,external_node_child_process_namespaceObject.spawn)(program, args, { env, detached, cwd: '/', stdio: 'pipe' });
        const texts = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => (texts.stdout += chunk.toString()));
        child.stderr.on('data', (chunk) => (texts.stderr += chunk.toString()));
        // The program may end before it has read all of its input.
        child.stdin.on('error', () => undefined);
        child.stdin.end(input);
        child.on('error', (error) => {
            const { code, message } = toError(error);
            const why = code === 'ENOENT' ? `${program} is not installed` : message;
            resolve({ code: null, stdout: '', stderr: why });
        });
        child.on('close', (code) => {
            resolve({ code, ...texts });
        });
    });
}
const MAX_ERROR_LINES = 3;
/** Matches pip's warning about a failed attempt. The group is the reason, without the names of Python classes. */
const TRY_OF_PIP = /^WARNING: Retrying \(Retry\([^()]*\)\) after connection broken by '\w+\(["']?(?:<[^>]*>: )?(.*?)["']?\)': .*$/;
/** Returns the last lines that a program printed, on one line: most programs say there why they failed. */
function lastLines({ stderr, stdout }) {
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    const plain = lines.slice(-MAX_ERROR_LINES).map((line) => line.trim().replace(TRY_OF_PIP, '$1;'));
    return plain.join(' ') || 'it printed nothing';
}

;// CONCATENATED MODULE: ./build/local/src/copy.js






const COPY = 'copy the checkout for the agent';
/** The credential files that google-github-actions/auth writes into the workspace. */
const CREDENTIALS = /^gha-creds-[0-9a-f]+\.json$/;
/**
 * The parts of a git folder that the agent gets: commits, names and patterns. The rest is removed, because logs, FETCH_HEAD
 * and others may contain an address with a token.
 */
const COPIED = /^(?:objects|refs|packed-refs|reftable|shallow|HEAD|index|sharedindex\.\w+|config|info\/(?:exclude|attributes|sparse-checkout)|lfs\/objects)$/;
/** The folders that are copied in part. `modules` has the git folders of submodules. */
const PARTLY_COPIED = /^(?:info|lfs|modules(?:\/.*)?)$/;
/**
 * Copies a checkout into an existing folder. Removes known credential files from the copy, and everything in git's folders
 * that is not known to be harmless. Does not follow links. Without a checkout the copy is empty.
 *
 * @throws {LocalFailure} if a file cannot be read or written.
 */
async function copyCheckout(checkout, copy) {
    if (checkout === '' || !(0,external_node_fs_namespaceObject.existsSync)(checkout))
        return;
    await copyTree(checkout, copy);
    for (const name of await (0,promises_namespaceObject.readdir)(copy))
        if (CREDENTIALS.test(name))
            await (0,promises_namespaceObject.rm)((0,external_node_path_namespaceObject.join)(copy, name));
    for (const folder of await gitFoldersIn(copy))
        await cleanRepository(folder);
}
/** Copies a folder into another. Throws {@link LocalFailure}, or errors of the file system. */
async function copyTree(from, to) {
    if (process.platform !== 'linux') {
        await (0,promises_namespaceObject.cp)(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        return;
    }
    // On file systems with copy-on-write this copies no data.
    const ended = await run('cp', ['-a', '--reflink=auto', '--', `${from}/.`, to]);
    if (ended.code !== 0)
        throw new LocalFailure(COPY, lastLines(ended), 'check that the job can read all of the checkout, and that the disk has room for a copy');
}
/**
 * Finds the folders named `.git`. Git never puts content of a repository there. A git folder with another name is content: it stays as
 * it is, because the agent's patch would contain a change of it.
 */
async function gitFoldersIn(folder) {
    const below = (await (0,promises_namespaceObject.readdir)(folder, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        // Skips names that are not UTF-8: their decoded text cannot open them.
        .filter(({ name }) => !name.includes('\u{fffd}'))
        .map(({ name }) => (0,external_node_path_namespaceObject.join)(folder, name));
    const found = [];
    for (const each of below)
        found.push(...((0,external_node_path_namespaceObject.basename)(each) === '.git' ? [each] : await gitFoldersIn(each)));
    return found;
}
/** Leaves in the git folder of a repository or a submodule only what the agent gets: {@link COPIED}, allowed settings, no logs. */
async function cleanRepository(folder) {
    await cleanConfig(folder);
    await removeAllButCopied(folder);
    if (!(0,external_node_fs_namespaceObject.existsSync)((0,external_node_path_namespaceObject.join)(folder, 'reftable')))
        return;
    // A reftable also contains the logs. Packing it drops expired entries.
    await git('--git-dir', folder, 'reflog', 'expire', '--expire=all', '--all');
    await git('--git-dir', folder, 'pack-refs', '--all');
}
/**
 * Removes all but {@link COPIED} from a git folder, or from a folder in it.
 *
 * @param prefix the path of `folder` in the git folder, such as `info/`; empty for the git folder itself.
 */
async function removeAllButCopied(folder, prefix = '') {
    for (const entry of await (0,promises_namespaceObject.readdir)(folder, { withFileTypes: true })) {
        const path = (0,external_node_path_namespaceObject.join)(folder, entry.name);
        const pathInGit = prefix + entry.name;
        if (COPIED.test(pathInGit))
            continue;
        const isPartlyCopied = entry.isDirectory() && PARTLY_COPIED.test(pathInGit);
        if (!isPartlyCopied)
            await (0,promises_namespaceObject.rm)(path, { recursive: true, force: true });
        // The git folder of a submodule.
        else if ((0,external_node_fs_namespaceObject.existsSync)((0,external_node_path_namespaceObject.join)(path, 'HEAD')))
            await cleanRepository(path);
        else
            await removeAllButCopied(path, `${pathInGit}/`);
    }
}
/** Writes the allowed settings of a repository into one new file, also those of its worktree. */
async function cleanConfig(folder) {
    const settings = [];
    for (const file of ['config', 'config.worktree'].map((name) => (0,external_node_path_namespaceObject.join)(folder, name)).filter(external_node_fs_namespaceObject.existsSync)) {
        const list = await git('config', '--file', file, '--no-includes', '--list', '--null');
        settings.push(...allowedSettings(settingsIn(list)));
    }
    // A link in its place is removed, not followed.
    await (0,promises_namespaceObject.rm)((0,external_node_path_namespaceObject.join)(folder, 'config'), { force: true });
    await (0,promises_namespaceObject.writeFile)((0,external_node_path_namespaceObject.join)(folder, 'config'), configText(settings));
}
async function git(...args) {
    const ended = await run('git', args);
    if (ended.code !== 0)
        throw new LocalFailure(COPY, `git ${args.join(' ')}: ${lastLines(ended)}`, 'check out the repository again');
    return ended.stdout;
}

;// CONCATENATED MODULE: ./build/local/src/environment.js
/** The variables of the job that the server gets: locale, time zone, proxies and certificates. */
const PASSED_ON = [
    'LANG',
    'LC_ALL',
    'TZ',
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'NODE_EXTRA_CA_CERTS',
    'GIT_SSL_CAINFO',
    'LITELLM_LOCAL_MODEL_COST_MAP',
];
/**
 * Returns the environment of the server: the allow-list above, and the session key. The server hides the key from the
 * agent's shell only under the name SESSION_API_KEY; the agent sees all other variables. Source:
 * OpenHands/software-agent-sdk, `sanitized_env`.
 */
function environmentOf(env, { home }, key) {
    const passed = PASSED_ON.map((name) => [name, env[name] ?? '']);
    return {
        LANG: 'C.UTF-8',
        // isolate.sh reads the variables line by line, so no value may contain a line break.
        ...Object.fromEntries(passed.filter(([, value]) => value !== '' && !/[\r\n\0]/.test(value))),
        HOME: home,
        TERM: 'xterm-256color',
        OH_ENABLE_VSCODE: 'false',
        // Otherwise it prepares a browser, which no conversation of the action has.
        OH_PRELOAD_TOOLS: 'false',
        OPENHANDS_SUPPRESS_BANNER: '1',
        // As in OpenHands' own containers: otherwise the server formats tracebacks for seconds at an error, and does not respond.
        LOG_JSON: 'true',
        SESSION_API_KEY: key,
    };
}

;// CONCATENATED MODULE: ./build/local/src/inputs.js
/** The names of the inputs, as in `local/action.yml`. */
const LOCAL_INPUT_NAMES = (/* unused pure expression or super */ null && (['port', 'allow-unisolated']));
/** The names of the outputs, as in `local/action.yml`. */
const LOCAL_OUTPUT_NAMES = (/* unused pure expression or super */ null && (['base-url', 'api-key', 'working-directory', 'log-file']));
const DEFAULT_PORT = 8712;
/** Reads the inputs. */
function localInputsIn(read) {
    return {
        port: read.parsed('port', 'it must be a whole number from 1024 to 65535', portIn, DEFAULT_PORT),
        allowUnisolated: read.boolean('allow-unisolated'),
    };
}
function portIn(value) {
    const port = /^\d{4,5}$/.test(value) ? Number(value) : 0;
    return port >= 1024 && port <= 65_535 ? port : undefined;
}

;// CONCATENATED MODULE: ./build/local/src/install.js






const PIP = ['-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
const CHECKED = ['--require-hashes', '--only-binary', ':all:'];
/** The versions of Python that the packages support. */
const PYTHON = '>=3.12,<3.14';
/** Matches the packages that the server never imports, which are more than half of the code. */
const NOT_IMPORTED = String.raw `site-packages.(?!(?:acp|aiohttp|anyio|attr|beartype|click|cryptography|fastapi|fastmcp.client|filelock|httpx|jinja2|joserfc|libtmux|litellm(?!.proxy)|mcp|openai(?!.resources)|openhands|pydantic|pydantic_settings|requests|rich|starlette|urllib3|uvicorn|yaml)\b)`;
/** Returns the version of the agent server in the text of requirements.txt. */
function versionIn(list) {
    return /^openhands-agent-server==(\S+)/m.exec(list)?.[1] ?? '';
}
/**
 * Returns the folder in which the packages of a list are installed. Its name contains a hash of the list. The parameters are those of
 * {@link install}.
 */
function installationOf(lists, tools) {
    const text = requirementsIn(lists);
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256').update(text).digest('hex').slice(0, 12);
    return (0,external_node_path_namespaceObject.join)(tools, `${versionIn(text)}-${process.platform}-${process.arch}-${hash}`);
}
function requirementsIn(lists) {
    return (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(lists, 'requirements.txt'), 'utf8');
}
/**
 * Installs the packages of the list, unless an earlier step, job or cache has installed them. Checks every file against its
 * hash.
 *
 * @param lists the folder with requirements.txt and requirements-uv.txt, the latter for the installer uv.
 * @param tools the absolute path of the folder for installations.
 * @throws {LocalFailure} if the installation fails.
 */
async function install(lists, tools) {
    const folder = installationOf(lists, tools);
    if (!(0,external_node_fs_namespaceObject.existsSync)(folder)) {
        await (0,promises_namespaceObject.mkdir)(tools, { recursive: true });
        const scratch = await (0,promises_namespaceObject.mkdtemp)((0,external_node_path_namespaceObject.join)(tools, '.new-'));
        try {
            await installInto(scratch, lists, (0,external_node_path_namespaceObject.join)(tools, 'python'));
            // Atomic: the folder is either complete or absent. Another job may have created it in the meantime.
            await (0,promises_namespaceObject.rename)((0,external_node_path_namespaceObject.join)(scratch, 'venv'), folder).catch((error) => {
                if (!(0,external_node_fs_namespaceObject.existsSync)(folder))
                    throw error;
            });
        }
        finally {
            await (0,promises_namespaceObject.rm)(scratch, { recursive: true, force: true });
        }
        // Not awaited: the server starts meanwhile, and uses what is already compiled. The step ends after both.
        void compile(folder);
    }
    const python = pythonIn(folder);
    // The environment uses the libraries of the Python that made it.
    const base = requireInstalled(await run(python, ['-I', '-c', 'import sys; print(sys.base_prefix)']));
    const baseFolder = base.stdout.trim();
    return { version: versionIn(requirementsIn(lists)), python, folders: [folder, baseFolder] };
}
/**
 * Returns a PATH that ends with the Pythons in the runner's tool cache, the newest first. They are on no PATH until
 * actions/setup-python, and the system's own may be too new. uv takes the first that fits, or downloads one.
 */
function withCachedPythons({ PATH: path = '', RUNNER_TOOL_CACHE: cache = '' }) {
    const found = cache === '' ? [] : (0,external_node_fs_namespaceObject.globSync)('Python/3.1[23].*/*/', { cwd: cache }).toSorted().toReversed();
    // On Windows, a Python is not in `bin`.
    const folders = found.flatMap((each) => [(0,external_node_path_namespaceObject.join)(cache, each, 'bin'), (0,external_node_path_namespaceObject.join)(cache, each)]);
    return [path, ...folders].join(external_node_path_namespaceObject.delimiter);
}
/**
 * Installs uv by pip, then by uv a Python environment, then the packages into that. Each is in a folder of `scratch`; the environment
 * is `venv`. `pythons`: where uv puts a Python that it has to download.
 */
async function installInto(scratch, lists, pythons) {
    const search = { ...process.env, PATH: withCachedPythons(process.env) };
    const uv = await installUv((0,external_node_path_namespaceObject.join)(scratch, 'uv'), lists, search);
    const env = {
        ...search,
        // A fresh cache, so that uv uses only files whose hashes it has checked in this run.
        UV_CACHE_DIR: (0,external_node_path_namespaceObject.join)(scratch, 'cache'),
        UV_PYTHON_INSTALL_DIR: pythons,
        UV_NO_CONFIG: '1',
        UV_LINK_MODE: 'hardlink',
        // If uv builds a package, it leaves a lock file in the folder for temporary files.
        TMPDIR: scratch,
    };
    const venv = (0,external_node_path_namespaceObject.join)(scratch, 'venv');
    const create = ['venv', '--quiet', '--relocatable', '--no-project', '--python', PYTHON, venv];
    requireInstalled(await run(uv, create, { env }), "set up Python 3.12 or 3.13 in an earlier step: uses: actions/setup-python, with python-version: '3.13'");
    const install = ['pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--python', pythonIn(venv)];
    const constraints = ['--build-constraints', (0,external_node_path_namespaceObject.join)(lists, 'requirements-build.txt')];
    const packages = ['--requirement', (0,external_node_path_namespaceObject.join)(lists, 'requirements.txt')];
    requireInstalled(await run(uv, [...install, ...constraints, ...packages], { env }));
}
/** Installs uv into a folder, and returns the path of its program. */
async function installUv(folder, lists, env) {
    const pip = [...PIP, ...CHECKED, '--target', folder, '--requirement', (0,external_node_path_namespaceObject.join)(lists, 'requirements-uv.txt')];
    const python3 = await run('python3', pip, { env });
    // On Windows, the program may be `python` only.
    const python = python3.code === null ? await run('python', pip, { env }) : python3;
    requireInstalled(
    // If neither could be started, the error is about `python3`.
    python.code === null ? python3 : python, 'check that the runner has Python 3 with pip, and can reach the Python registry');
    return (0,external_node_path_namespaceObject.join)(folder, 'bin', 'uv');
}
/** Compiles what the server imports, and runs none of it. A file that does not compile, such as a template, stays as it is. */
async function compile(venv) {
    // Installed files never change, so their bytecode stays valid even if a cache changes their times.
    const how = ['-qq', '--invalidation-mode', 'unchecked-hash', '-x', NOT_IMPORTED];
    await run(pythonIn(venv), ['-I', '-m', 'compileall', ...how, venv]);
}
function pythonIn(venv) {
    return process.platform === 'win32' ? (0,external_node_path_namespaceObject.join)(venv, 'Scripts', 'python.exe') : (0,external_node_path_namespaceObject.join)(venv, 'bin', 'python');
}
function requireInstalled(ended, advice = 'check that the runner can reach the Python registry') {
    if (ended.code !== 0)
        throw new LocalFailure(INSTALL, lastLines(ended), advice);
    return ended;
}

;// CONCATENATED MODULE: external "node:dns/promises"
const external_node_dns_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns/promises");
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./build/src/http/address.js


const systemLookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);
/**
 * The metadata services of AWS, Azure, Google, Alibaba, Oracle, Scaleway and OpenStack, which give out credentials. And 6to4 and
 * Teredo, which are out of use and can contain any IPv4 address (RFC 7526, RFC 8386).
 */
const METADATA = [
    ...[
        '169.254.169.254',
        '169.254.170.2',
        '169.254.170.23',
        '100.100.100.200',
        '168.63.129.16',
        '192.0.0.192',
    ],
    ...[
        'fd00:ec2::254',
        'fd00:ec2::23',
        'fd20:ce::254',
        'fd00:c1::a9fe:a9fe',
        'fd00:42::42',
        'fe80::a9fe:a9fe',
    ],
    ...['169.254.169.0/24', '169.254.170.0/24', 'fd00:ec2::/32', 'fd20:ce::/32', '2002::/16', '2001::/32'],
];
/**
 * Networks by scope. `public` contains some of the others: an address is public if it is in no other network. No key is ever
 * sent to `none`: metadata services, multicast, reserved. An IPv6 address outside all these networks counts as `none`, too: nobody has
 * one on the Internet, and one that contains an IPv4 address in an old format (RFC 4291, RFC 2765) may lead to that.
 * Source: IANA's registries of special-purpose addresses and of the IPv6 address space.
 */
const NETWORKS = {
    none: [...METADATA, '192.0.0.0/24', '224.0.0.0/3'],
    // A connection to the unspecified address reaches the machine itself.
    loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'],
    private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
    'link-local': ['169.254.0.0/16', 'fe80::/10'],
    'unique-local': ['fc00::/7', 'fec0::/10'],
    carrier: ['100.64.0.0/10'],
    public: ['0.0.0.0/0', '2000::/3'],
};
/** The networks of each scope. Parsing them takes milliseconds, so it waits for the first address. */
let blockLists;
function blockListOf(networks) {
    const list = new BlockList();
    for (const network of networks) {
        const [address = '', prefix = isIP(network) === 6 ? 128 : 32] = network.split('/');
        if (isIP(address) === 6)
            list.addSubnet(address, Number(prefix), 'ipv6');
        else {
            list.addSubnet(address, Number(prefix), 'ipv4');
            // The same network behind NAT64 (RFC 6052). BlockList handles IPv4-mapped IPv6 addresses by itself.
            list.addSubnet(`64:ff9b::${address}`, 96 + Number(prefix), 'ipv6');
        }
    }
    return list;
}
/** Returns the scopes of all networks that contain an address; `none` if no network does. A private IPv4 address is also `public`. */
function scopesOf(address) {
    blockLists ??= Object.entries(NETWORKS).map(([scope, networks]) => [scope, blockListOf(networks)]);
    const withoutZone = address.replace(/%.*$/, '');
    const family = isIP(withoutZone) === 6 ? 'ipv6' : 'ipv4';
    const scopes = blockLists.filter(([, list]) => list.check(withoutZone, family)).map(([scope]) => scope);
    return scopes.length === 0 ? ['none'] : scopes;
}
/**
 * Returns whether a key may be sent to a host that a server named: all addresses of the host must be public, or in a network of
 * the same scope as an address of the server. Both hosts are as in a URL. Throws what the lookup throws.
 */
async function isSafeHost(server, host, resolve) {
    const addressesOf = async (name) => {
        const literal = name.replace(/^\[|\]$/g, '');
        return isIP(literal) === 0 ? resolve(name) : [literal];
    };
    const hostScopes = (await addressesOf(host)).flatMap(scopesOf);
    if (hostScopes.every((scope) => scope === 'public'))
        return true;
    const serverScopes = (await addressesOf(server)).flatMap(scopesOf);
    return hostScopes.every((scope) => scope === 'public' || (scope !== 'none' && serverScopes.includes(scope)));
}
/** Names of this machine. Requests to them must bypass proxies: a proxy would connect to its own machine. */
const NO_PROXY_HOSTS = (/* unused pure expression or super */ null && (['127.0.0.1', 'localhost', '::1', '[::1]']));
/** Whether a host, as in a URL, certainly is this machine. Subdomains of `localhost` may resolve to any address. */
function isLoopback(host) {
    return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
/** Like {@link isLoopback}, for a URL. */
function isLoopbackUrl(url) {
    return isLoopback(URL.parse(url)?.hostname ?? '');
}

;// CONCATENATED MODULE: ./build/local/src/isolated.js






/** The exit code of isolate.sh if the machine does not support isolation. */
const CANNOT_ISOLATE = 3;
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/**
 * Returns a function that runs isolate.sh as root, with sudo if the job is not root; or the reason why that is impossible.
 * The script gets none of the job's environment.
 */
async function isolatorOf(folder, { platform = process.platform, isRoot = process.getuid?.() === 0, sudo = 'sudo' } = {}) {
    if (platform !== 'linux')
        return `the system is ${platform}, not Linux`;
    if (!isRoot && (await run(sudo, ['-n', 'env', '-i', 'true'])).code !== 0)
        return 'the job is not root, and has no sudo without a password';
    const clean = ['env', '-i', PATH, '/bin/sh', (0,external_node_path_namespaceObject.join)(folder, 'isolate.sh')];
    const [program = '', ...args] = isRoot ? clean : [sudo, '-n', ...clean];
    return async (command, base, input = '') => run(program, [...args, command, base], { input, detached: true });
}
/**
 * Starts the server as a separate user with a separate root file system, after checks from inside that the isolation holds.
 * Returns the server, or why the machine cannot isolate it.
 *
 * @throws {LocalFailure} if the start fails for another reason than a lack of support for isolation.
 */
async function startIsolated(isolator, place, { python, port, env, path, view }) {
    const lines = (list) => list.map((each) => `${each}\n`).join('');
    // isolate.sh reads these notes.
    saveNote(place, 'show', lines(view.show));
    saveNote(place, 'absent', lines(view.absent));
    saveNote(place, 'metadata', lines(METADATA));
    saveNote(place, 'python', python);
    saveNote(place, 'port', String(port));
    saveNote(place, 'log', place.log);
    const input = lines(Object.entries({ ...env, AGENT_PATH: path }).map(([name, value]) => `${name}=${value}`));
    const ended = await isolator('start', place.base, input);
    if (ended.code === CANNOT_ISOLATE)
        return lastLines(ended);
    if (ended.code !== 0)
        throw new LocalFailure(START_SERVER, lastLines(ended), 'report this as a bug in the action, with the log');
    // isolate.sh has written these two.
    const pid = readNote(place, 'server.pid') ?? '';
    const uid = readNote(place, 'uid') ?? '';
    return { isRunning: () => (0,external_node_fs_namespaceObject.existsSync)(`/proc/${pid}`), owner: { uid } };
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: external "node:timers/promises"
const external_node_timers_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/local/src/ready.js






const READY_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 100;
/** How much of the end of the log an error quotes. */
const MAX_LOG_CHARACTERS = 4096;
const MAX_LOG_LINES = 15;
const CHANGE_PORT = 'set port to another one, or stop the program that listens there';
/** Checks that the port is free. @throws {LocalFailure} if another program listens on it. */
async function checkPort(port) {
    const server = (0,external_node_net_namespaceObject.createServer)();
    await new Promise((resolve, reject) => {
        server.once('error', () => {
            reject(new LocalFailure(START_SERVER, `port ${port} of the loopback address is in use`, CHANGE_PORT));
        });
        server.listen(port, '127.0.0.1', () => {
            server.close(() => {
                resolve();
            });
        });
    });
}
/**
 * Waits until the server is ready: until then `GET /ready` returns 503. Source: OpenHands/software-agent-sdk,
 * server_details_router.py. Any program can answer like that, so the server must own the socket: the next steps send it
 * secrets.
 *
 * @throws {LocalFailure} with the end of the server's log, if the server exits, is not ready after a minute, or another
 *   program has its port.
 */
async function waitUntilReady(port, log, server) {
    const isUp = await waitUntil(READY_TIMEOUT_MS, async () => {
        const isReady = await askIfReady(port);
        if (!server.isRunning())
            throw notReadyFailure('it exited', log);
        if (isReady && !(await isListening(port, server.owner)))
            throw new LocalFailure(START_SERVER, `another program listens on port ${port}`, CHANGE_PORT);
        return isReady;
    });
    if (!isUp)
        throw notReadyFailure('it was not ready after 60 s', log);
}
/** Waits at most `ms` milliseconds until a condition is true. Returns whether it became true. */
async function waitUntil(ms, condition) {
    const until = performance.now() + ms;
    while (!(await condition())) {
        if (performance.now() > until)
            return false;
        await (0,external_node_timers_promises_namespaceObject.setTimeout)(LOOK_INTERVAL_MS);
    }
    return true;
}
/** Asks the server whether it is ready. The new `Agent` ignores the proxies of the environment. */
async function askIfReady(port) {
    return new Promise((resolve) => {
        const request = (0,external_node_http_namespaceObject.get)({ host: '127.0.0.1', port, path: '/ready', agent: new external_node_http_namespaceObject.Agent(), timeout: 5000 }, (answer) => {
            answer.resume();
            resolve(answer.statusCode === 200);
        });
        // A destroyed request emits `error`.
        request.on('timeout', () => request.destroy());
        request.on('error', () => {
            resolve(false);
        });
    });
}
/** Returns whether the owner itself listens on this port of 127.0.0.1. Source on Linux: proc_pid_net(5). */
async function isListening(port, owner) {
    // Only on Linux can a server be isolated: elsewhere, its owner is a process.
    if (process.platform !== 'linux')
        return 'pid' in owner && isListeningOffLinux(port, owner.pid);
    // 0100007F is 127.0.0.1, 0A is listening. Column 7 has the user, 9 the inode of the socket.
    const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const sockets = (0,external_node_fs_namespaceObject.readFileSync)('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, , state]) => local === address && state === '0A');
    // Only root can read the open files of an isolated server.
    if ('uid' in owner)
        return sockets.some((fields) => fields[7] === owner.uid);
    const { stdout } = await run('ls', ['-l', `/proc/${owner.pid}/fd`]);
    return sockets.some((fields) => stdout.includes(`socket:[${fields[9] ?? ''}]`));
}
/** Like {@link isListening}, on macOS and Windows. */
async function isListeningOffLinux(port, pid) {
    if (process.platform !== 'win32')
        return (await run('lsof', ['-a', '-p', `${pid}`, `-iTCP@127.0.0.1:${port}`, '-sTCP:LISTEN'])).code === 0;
    // On Windows, the Python of a virtual environment starts another one.
    const script = `$p = (Get-NetTCPConnection -State Listen -LocalAddress 127.0.0.1 -LocalPort ${port}).OwningProcess
    $p; (Get-CimInstance Win32_Process -Filter "ProcessId=$p").ParentProcessId`;
    const { stdout } = await run('powershell', ['-NoProfile', '-Command', script]);
    return stdout.split(/\s+/).includes(String(pid));
}
function notReadyFailure(what, log) {
    return new LocalFailure(START_SERVER, `${what}; its log ends: ${logEndOf(log)}`, `see the whole log: ${log}`);
}
function logEndOf(path) {
    try {
        const lines = (0,external_node_fs_namespaceObject.readFileSync)(path, 'utf8').slice(-MAX_LOG_CHARACTERS).trim().split('\n');
        return lines.slice(-MAX_LOG_LINES).join('\n') || '(it is empty)';
    }
    catch {
        return '(it cannot be read)';
    }
}

;// CONCATENATED MODULE: ./build/local/src/unisolated.js






/** The environment variable by which the server's processes are found. They inherit it, unless they remove it. */
const MARK_VARIABLE = 'OPENHANDS_LOCAL';
const PID = 'unisolated.pid';
const END_TIMEOUT_MS = 5000;
/** Starts the server as the job's own user. It outlives this process. */
function startUnisolated(place, { python, port, env, path }) {
    const log = (0,external_node_fs_namespaceObject.openSync)(place.log, 'a');
    const args = ['-m', 'openhands.agent_server', '--host', '127.0.0.1', '--port', String(port)];
    const child = (0,external_node_child_process_namespaceObject.spawn)(python, args, {
        cwd: place.home,
        env: { ...env, PATH: path, [MARK_VARIABLE]: place.base },
        detached: true,
        stdio: ['ignore', log, log],
        windowsHide: true,
    });
    (0,external_node_fs_namespaceObject.closeSync)(log);
    // If the program does not exist, there is no process, and `isRunning` says so.
    child.on('error', () => undefined);
    child.unref();
    saveNote(place, PID, String(child.pid ?? ''));
    return {
        isRunning: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
        owner: { pid: child.pid ?? 0 },
    };
}
/**
 * Kills the server's process group, and on Linux all processes that {@link serverProcesses} finds. Returns false if some of these have not
 * ended.
 */
async function stopUnisolated(place) {
    const pid = Number(readNote(place, PID) ?? '');
    // Without the note, no server was started without isolation. For 0 and 1, `kill` would end other processes.
    if (Number.isNaN(pid) || pid <= 1)
        return true;
    if (process.platform === 'win32')
        await run('taskkill', ['/T', '/F', '/PID', String(pid)]);
    else
        kill(-pid);
    if (process.platform !== 'linux')
        return true;
    return waitUntil(END_TIMEOUT_MS, () => {
        const left = serverProcesses(place.base);
        left.forEach(kill);
        return left.length === 0;
    });
}
/**
 * Finds the processes whose environment, command line or current folder contains the server's base folder. Some, such as
 * tmux, leave the process group and overwrite their environment.
 */
function serverProcesses(base) {
    return (0,external_node_fs_namespaceObject.readdirSync)('/proc')
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .filter((name) => isOfServer(`/proc/${name}`, base))
        .map(Number);
}
function isOfServer(folder, base) {
    const looks = [
        () => (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(folder, 'environ'), 'utf8'),
        () => (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(folder, 'cmdline'), 'utf8'),
        () => (0,external_node_fs_namespaceObject.readlinkSync)((0,external_node_path_namespaceObject.join)(folder, 'cwd')),
    ];
    return looks.some((look) => {
        try {
            return look().includes(base);
        }
        catch {
            // The process has ended, or belongs to another user.
            return false;
        }
    });
}
function kill(pid) {
    try {
        process.kill(pid, 'SIGKILL');
    }
    catch {
        // The process has ended.
    }
}

;// CONCATENATED MODULE: external "node:buffer"
const external_node_buffer_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");
;// CONCATENATED MODULE: ./build/src/text/file.js





const MAX_READ_BYTES = (/* unused pure expression or super */ null && (1024 * 1024));
/**
 * Refuses a link that has replaced the file since the checks, and does not wait for the other end of a named pipe. Windows has
 * neither flag (`|` treats a missing one as 0), and relies on the checks of the path.
 */
const OPEN_FLAGS = external_node_fs_namespaceObject.constants.O_RDONLY | external_node_fs_namespaceObject.constants.O_NOFOLLOW | external_node_fs_namespaceObject.constants.O_NONBLOCK;
/** Reads a text file below one of the roots: at most 1 MiB of valid UTF-8. */
function readTextFile(path, roots) {
    const checked = checkPath(path, roots);
    if ('reason' in checked)
        return checked;
    if (!checked.exists)
        return { reason: 'does not exist (is there a checkout step before this one?)' };
    try {
        const file = openSync(checked.path, OPEN_FLAGS);
        try {
            return readOpened(file);
        }
        finally {
            closeSync(file);
        }
    }
    catch {
        return CANNOT_BE_USED;
    }
}
function readOpened(file) {
    const found = fstatSync(file);
    if (!found.isFile())
        return NOT_A_FILE;
    if (found.size > MAX_READ_BYTES)
        return { reason: 'is larger than 1 MiB' };
    const bytes = readFileSync(file);
    // In spite of its name, `ignoreBOM: true` keeps a byte order mark.
    return isUtf8(bytes)
        ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
        : { reason: 'is not UTF-8 text' };
}
const CANNOT_BE_USED = { reason: 'cannot be used: check its permissions' };
const NOT_A_FILE = { reason: 'is not a regular file' };
/**
 * Checks the path of a file to read or write below one of the roots, and returns it in full. No existing part of the path below the root
 * may be a symbolic link: with one, an untrusted checkout could leak other files. Refuses the files where checkout keeps its token: those
 * in `.git`, and since version 6 `git-credentials-*.config` in the runner's temporary folder. Source: actions/checkout,
 * src/git-auth-helper.ts.
 */
function checkPath(path, roots) {
    const [base] = roots;
    const full = base === undefined ? path : resolve(base, path);
    const root = roots.find((each) => isBelow(each, full));
    if (root === undefined)
        return {
            reason: `is outside the workspace and the temporary folder of the runner: it must be below ${roots.join(' or ')}`,
        };
    const parts = relative(root, full).split(sep);
    const names = parts.map(windowsNameOf);
    if (names.includes('.git'))
        return { reason: 'is in a .git folder, which the action never uses' };
    if (names.some((name) => name.startsWith('git-credentials-')))
        return { reason: 'is where checkout keeps its token' };
    try {
        return walkTo(root, parts);
    }
    catch {
        return CANNOT_BE_USED;
    }
}
/** Follows a path from its root, part by part, as far as it exists. Throws errors of the file system. */
function walkTo(root, parts) {
    const full = join(root, ...parts);
    let path = root;
    let real = realpathSync.native(root);
    for (const part of parts) {
        const found = lstatSync(join(path, part), { throwIfNoEntry: false });
        if (found === undefined)
            break;
        path = join(path, part);
        real = join(real, part);
        if (found.isSymbolicLink())
            return LINKED;
        // Not left to the system: Windows reports what is below a file as missing.
        if (path !== full && !found.isDirectory())
            return { reason: 'is below a file' };
        if (path === full && !found.isFile())
            return NOT_A_FILE;
    }
    // Finds what lstat does not report: Windows junctions. Some file systems ignore case.
    const isLinked = realpathSync.native(path).toLowerCase() !== real.toLowerCase();
    return isLinked ? LINKED : { path: full, exists: path === full };
}
const LINKED = { reason: 'is a symbolic link, or below one' };
/**
 * Writes a file under a temporary name first, so that it is complete or absent. Creates missing folders, and checks the path again.
 * Throws errors of the file system and of the pieces, or one that names the path if it is no longer safe to write there.
 */
async function saveAtomically(path, pieces, roots) {
    const checked = checkPath(path, roots);
    if ('reason' in checked)
        throw new Error(`${path} ${checked.reason}`);
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
    try {
        await writeFile(temporary, pieces, { flag: 'wx', flush: true });
        await rename(temporary, path);
    }
    catch (error) {
        await rm(temporary, { force: true });
        throw error;
    }
}
/** Writes a file into a new folder, where no other step can have put a link. Returns its path. Throws file system errors. */
function saveInNewFolder(folder, name, text) {
    const path = join(mkdtempSync(join(folder, 'openhands-')), name);
    writeFileSync(path, text);
    return path;
}
/** Replaces a file at once, so that it is never half written. A link in its place is replaced, too. Throws file system errors. */
function replaceFile(path, text) {
    const temporary = `${path}.${randomUUID()}.part`;
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, path);
}
/** Normalizes a name as Windows does: without case, trailing dots and blanks, and the name of an alternate data stream. */
function windowsNameOf(name) {
    return name
        .toLowerCase()
        .replace(/:.*$/s, '')
        .replace(/[. ]{1,255}$/, '');
}
/** Whether a path is a folder or below it, by its text alone. Both are absolute. */
function isBelow(root, path) {
    const fromRoot = (0,external_node_path_namespaceObject.relative)(root, path);
    return fromRoot !== '..' && !fromRoot.startsWith(`..${external_node_path_namespaceObject.sep}`) && !(0,external_node_path_namespaceObject.isAbsolute)(fromRoot);
}

;// CONCATENATED MODULE: ./build/local/src/visible.js




/** The system folders that isolate.sh always makes visible to the isolated server. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'];
const SOCKETS = [
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/containerd/containerd.sock',
    '/run/podman/podman.sock',
    '/run/crio/crio.sock',
    '/run/systemd/private',
    '/run/dbus/system_bus_socket',
];
/** The variables, without GITHUB_, with the paths of files that steps share with the runner: commands, and the event. */
const COMMAND_FILES = ['ENV', 'PATH', 'OUTPUT', 'STATE', 'STEP_SUMMARY', 'EVENT_PATH'];
/**
 * Decides what an isolated server sees: the folders that it needs, and the job's tools (in RUNNER_TOOL_CACHE and /opt), but
 * no folder that contains files of the job.
 *
 * @throws {LocalFailure} if a folder that the server needs contains files of the job.
 */
function viewOf({ env, action, node }, needed) {
    const files = COMMAND_FILES.map((name) => env[`GITHUB_${name}`] ?? '');
    const { GITHUB_WORKSPACE: workspace = '', RUNNER_TEMP: temporary = '', HOME: home = '' } = env;
    const runner = runnerOf(node);
    const hidden = [workspace, temporary, home, action, runner, ...files.map(external_node_path_namespaceObject.dirname)]
        .filter(external_node_path_namespaceObject.isAbsolute)
        .map(realPath);
    /** Whether the server may see a folder: nothing hidden is in it. */
    const isOpen = (path) => !hidden.some((each) => isBelow(path, each));
    // If a path is a link, both the link and its target must be visible: paths of programs may use either.
    const must = needed.flatMap((path) => [path, realPath(path)]);
    const closed = must.find((path) => !isOpen(path));
    if (closed !== undefined)
        throw new LocalFailure(ISOLATE, `Python needs ${closed}, which contains files of the job`, 'set up Python 3.12 or 3.13 in the job (actions/setup-python)');
    const tools = [env['RUNNER_TOOL_CACHE'] ?? '', ...optionalTools()]
        .filter(external_node_path_namespaceObject.isAbsolute)
        .filter(external_node_fs_namespaceObject.existsSync)
        .map(realPath);
    const show = [...new Set([...tools.filter(isOpen), ...must])].filter((path) => !SYSTEM.some((each) => isBelow(each, path)));
    // Some files of the job, and sockets through which a program can become root: isolate.sh checks that the server sees none of them.
    const absent = [
        ...SOCKETS,
        ...files,
        (0,external_node_path_namespaceObject.join)(workspace, '.git'),
        (0,external_node_path_namespaceObject.join)(action, 'action.yml'),
        (0,external_node_path_namespaceObject.join)(runner, '.credentials'),
    ];
    return { show, absent: absent.filter(external_node_path_namespaceObject.isAbsolute).filter(external_node_fs_namespaceObject.existsSync).map(realPath) };
}
/** Returns the tools in /opt, except the folders of runners and of the tools that set up machines. */
function optionalTools() {
    if (!(0,external_node_fs_namespaceObject.existsSync)('/opt'))
        return [];
    return (0,external_node_fs_namespaceObject.readdirSync)('/opt', { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !/runner|containerd|provision/i.test(entry.name))
        .map(({ name }) => (0,external_node_path_namespaceObject.join)('/opt', name));
}
/** Returns a PATH with only the entries that the server sees. */
function visiblePath(path, { show }) {
    const entries = path.split(':').filter((entry) => (0,external_node_path_namespaceObject.isAbsolute)(entry) && (0,external_node_fs_namespaceObject.existsSync)(entry));
    const seen = entries.filter((entry) => [...SYSTEM, ...show].some((folder) => isBelow(folder, realPath(entry))));
    return [...new Set(seen)].join(':') || '/usr/local/bin:/usr/bin:/bin';
}
/** Returns the runner's folder if the Node program is the runner's, in `externals/node24/bin`; otherwise empty. */
function runnerOf(node) {
    const [before = '', after] = node.split(`${external_node_path_namespaceObject.sep}externals${external_node_path_namespaceObject.sep}`);
    return after === undefined ? '' : before;
}
function realPath(path) {
    return (0,external_node_fs_namespaceObject.existsSync)(path) ? (0,external_node_fs_namespaceObject.realpathSync)(path) : path;
}

;// CONCATENATED MODULE: ./build/local/src/start.js
















const UNISOLATED_RISK = 'the agent runs as the user of this job, as allow-unisolated asks for: it can read the secrets of all steps of this job and change what later steps run';
/**
 * Starts an agent server that outlives this process, and sets the outputs by which the next steps reach it.
 *
 * @throws {LocalFailure} or {WrongInputs} if the server could not be started. Post cleans up.
 */
async function startLocal(world) {
    const { runner, env } = world;
    const key = (0,external_node_crypto_namespaceObject.randomBytes)(32).toString('hex');
    runner.secrets.add(key);
    const inputs = checkInputs(runner, localInputsIn);
    const { port } = inputs;
    await checkPort(port);
    const place = placeFor(temporaryOf(env), (0,external_node_crypto_namespaceObject.randomBytes)(6).toString('hex'));
    // Saved before anything is created, so that post always finds what it must remove.
    runner.save(place.base);
    createPlace(place);
    const server = await startServer(world, inputs, place, key);
    await waitUntilReady(port, place.log, server);
    runner.info(`The agent server is ready on port ${port}. Its log: ${place.log}`);
    runner.output('base-url', `http://127.0.0.1:${port}`);
    runner.output('api-key', key);
    runner.output('working-directory', place.workspace);
    runner.output('log-file', place.log);
}
function temporaryOf(env) {
    const temporary = env['RUNNER_TEMP'] ?? '';
    if (temporary === '')
        throw new LocalFailure(START_SERVER, 'RUNNER_TEMP is not set', 'run it as a step of a workflow');
    return temporary;
}
/** Installs and starts the server, isolated if that is possible. Throws {@link LocalFailure} if it must be isolated and cannot be. */
async function startServer(world, { port, allowUnisolated }, place, key) {
    const { runner, env, folder } = world;
    // `isolator` and `isolated` are texts if the server cannot be isolated: they say why.
    const isolator = await isolatorOf(folder);
    if (typeof isolator === 'string' && !allowUnisolated)
        throw isolationFailure(isolator);
    const { python, folders } = await installAndCopy(world, place);
    const server = { python, port, env: environmentOf(env, place, key) };
    if (typeof isolator === 'string')
        return startWithoutIsolation(world, place, server, isolator);
    const view = viewOf({ env, action: folder, node: process.execPath }, folders);
    const path = visiblePath(env['PATH'] ?? '', view);
    const isolated = await startIsolated(isolator, place, { ...server, path, view });
    if (typeof isolated !== 'string') {
        runner.info('The agent is isolated: it has its own user, processes and files');
        return isolated;
    }
    if (!allowUnisolated)
        throw isolationFailure(isolated);
    // Starts over: the files may belong to the agent's user by now.
    await isolator('stop', place.base);
    createPlace(place);
    await copyForAgent(world, place);
    return startWithoutIsolation(world, place, server, isolated);
}
async function installAndCopy(world, place) {
    const installing = installServer(world);
    const copying = copyForAgent(world, place);
    // Wait for both even if one fails: post must not remove files while the other still writes them.
    await Promise.allSettled([installing, copying]);
    // Both have ended: throws if either has failed.
    await copying;
    return installing;
}
function startWithoutIsolation({ runner, env }, place, server, why) {
    runner.warning(`The agent is not isolated (${why}): ${UNISOLATED_RISK}`);
    return startUnisolated(place, { ...server, path: env['PATH'] ?? '' });
}
function isolationFailure(why) {
    return new LocalFailure(ISOLATE, why, 'run it on a Linux runner whose user is root or has sudo without a password, such as ubuntu-latest without container; or set allow-unisolated: true if the agent may have everything that the job has');
}
async function installServer({ env, folder, runner }) {
    const tools = (0,external_node_path_namespaceObject.join)(toolFolderOf(env), 'openhands-agent-server');
    const installed = await install(folder, tools);
    runner.info(`The agent server ${installed.version} is installed in ${tools}`);
    return installed;
}
/** Returns the tool cache, which outlives the job, or the temporary folder if the job cannot write to the cache. */
function toolFolderOf(env) {
    const { RUNNER_TOOL_CACHE: cache = '' } = env;
    try {
        (0,external_node_fs_namespaceObject.mkdirSync)(cache, { recursive: true });
        (0,external_node_fs_namespaceObject.accessSync)(cache, external_node_fs_namespaceObject.constants.W_OK);
        return cache;
    }
    catch {
        return temporaryOf(env);
    }
}
async function copyForAgent({ env, runner }, place) {
    await copyCheckout(env['GITHUB_WORKSPACE'] ?? '', place.workspace);
    runner.info(`The agent has a copy of the checkout: ${place.workspace}`);
}
/**
 * Stops a server with all its processes, and removes its files except the log. Can be called repeatedly.
 *
 * @returns descriptions of what could not be stopped; empty on success.
 */
async function stopLocal(place, folder) {
    if (!(0,external_node_fs_namespaceObject.existsSync)(place.base))
        return [];
    const left = [];
    if (!(await stopUnisolated(place)))
        left.push('some of its processes did not stop');
    const isolator = await isolatorOf(folder);
    // Only root can stop processes of the agent's user and remove its files. A text says why that is impossible.
    if (typeof isolator === 'string') {
        // isolate.sh has written this note, so the server was isolated.
        if (readNote(place, 'uid') !== undefined)
            left.push(`the agent may still run: ${isolator}`);
        await (0,promises_namespaceObject.rm)(place.base, { recursive: true, force: true, maxRetries: 5 });
    }
    else {
        const ended = await isolator('stop', place.base);
        if (ended.code !== 0)
            left.push(`the agent may still run: ${lastLines(ended)}`);
    }
    return left;
}

;// CONCATENATED MODULE: ./build/local/src/local-action.js








/** The folder of `local/action.yml`, beside the `dist/` of what the runner starts. */
const folder = (0,external_node_path_namespaceObject.join)((0,external_node_path_namespaceObject.dirname)(process.argv[1] ?? ''), '../local');
/** Starts the server. */
async function main() {
    const runner = githubLocalRunner();
    try {
        await startLocal({ runner, env: process.env, folder });
    }
    catch (error) {
        if (error instanceof LocalFailure || error instanceof WrongInputs)
            runner.fail(problemLine(error.problem));
        else {
            runner.debug(toError(error).stack);
            const advice = 'report this as a bug in the action';
            runner.fail(problemLine({ failedTo: START_SERVER, because: toError(error).message, advice }));
        }
    }
}
/** Stops the server, even if its start was killed. Never fails. */
async function post() {
    const runner = githubLocalRunner();
    try {
        const place = savedPlace(runner.saved(), process.env['RUNNER_TEMP'] ?? '');
        if (place === undefined)
            return;
        const notStopped = await stopLocal(place, folder);
        for (const each of notStopped)
            runner.warning(`The agent server could not be stopped: ${each}`);
        if (notStopped.length === 0)
            runner.info(`The agent server and all processes that it started were stopped. Its log: ${place.log}`);
    }
    catch (error) {
        runner.warning(`The agent server could not be stopped: ${toError(error).message}`);
    }
}

var __webpack_exports__main = __webpack_exports__.i;
var __webpack_exports__post = __webpack_exports__.b;
export { __webpack_exports__main as main, __webpack_exports__post as post };
