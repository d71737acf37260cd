import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ // The require scope
/******/ var __nccwpck_require__ = {};
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/compat get default export */
/******/ (() => {
/******/ 	// getDefaultExport function for compatibility with non-harmony modules
/******/ 	__nccwpck_require__.n = (module) => {
/******/ 		var getter = module && module.__esModule ?
/******/ 			() => (module['default']) :
/******/ 			() => (module);
/******/ 		__nccwpck_require__.d(getter, { a: getter });
/******/ 		return getter;
/******/ 	};
/******/ })();
/******/ 
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

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./simulator/reply.ts
/** A JSON answer. `JSON.stringify` escapes lone surrogates, so that hostile text survives the way. */
function json(status, body, headers = {}) {
    return { status, type: 'application/json', headers, body: JSON.stringify(body) };
}
/** An HTML page. */
function page(body, status = 200) {
    return { status, type: 'text/html; charset=utf-8', headers: {}, body };
}
/** A refusal in FastAPI's shape. */
function refuse(status, detail) {
    return json(status, { detail });
}
/** FastAPI's answer to a request that does not fit the description. */
function invalid(problems) {
    const detail = problems.map(({ loc, msg, type }) => ({ loc, msg, type }));
    return json(422, { detail });
}
/** The web app's page: what a GET gets on every path that the API does not know. */
function webApp() {
    return page('<!doctype html><html lang="en"><head><title>OpenHands</title></head><body><div id="root"></div></body></html>\n');
}
/** Text that is safe inside HTML. */
function escapeHtml(text) {
    return text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;');
}

;// CONCATENATED MODULE: ./simulator/rate-limit.ts

const PASS = { kind: 'pass' };
/**
 * The limits of the Cloud, for each key. A window begins with its first request, and whole seconds are left of it as
 * Redis rounds them. `Retry-After` is cut once more, so that it comes up to a second and a half too early, and is always
 * 0 for the limit of a second. `X-RateLimit-Reset` is a time in seconds since the epoch.
 * Source: OpenHands/OpenHands, enterprise/server/rate_limit.py; alisaifee/limits, FixedWindowRateLimiter and RedisStorage.
 */
function limitLikeCloud(clock, { perSecond, perMinute }) {
    const second = windows(clock, perSecond, 1, 'second');
    const minute = windows(clock, perMinute, 60, 'minute');
    return ({ key }) => {
        const reply = second(key) ?? minute(key);
        return reply === undefined ? PASS : { kind: 'refuse', reply };
    };
}
function windows(clock, most, seconds, name) {
    const open = new Map();
    return (key) => {
        const now = clock.now() / 1000;
        const before = open.get(key);
        const window = before === undefined || before.endsAt <= now ? { endsAt: now + seconds, count: 0 } : before;
        open.set(key, window);
        window.count += 1;
        if (window.count <= most)
            return undefined;
        const left = Math.round(window.endsAt - now);
        const limit = `${most} per 1 ${name}`;
        return json(429, { error: `Rate limit exceeded: ${limit}` }, {
            'retry-after': String(Math.max(0, left - 1)),
            'x-ratelimit-limit': limit,
            'x-ratelimit-remaining': '0',
            'x-ratelimit-reset': String(Math.floor(now + left)),
        });
    };
}
const reached = (detail) => ({
    kind: 'status',
    status: 429,
    body: JSON.stringify({ detail }),
});
/** What the Cloud answers at the limits of an account that are not about the rate of requests. */
const LIMITS_REACHED = {
    'concurrency-limit': reached({ error: 'CONCURRENCY_LIMIT_REACHED', limit: 5, current: 5 }),
    'daily-sandbox-limit': reached({ error: 'DAILY_SANDBOX_LIMIT_REACHED', limit: 50, current: 50 }),
    'daily-conversation-limit': reached({
        code: 'daily_conversation_limit_reached',
        limit: 10,
        used: 10,
        reset_at: '2026-11-25T00:00:00Z',
    }),
};
const OWN_MOST = 10;
const OWN_WAIT_SECONDS = 1;
/**
 * The limit of a server of one's own, for each address and whatever the key: of those in the last second, the eleventh to
 * the twentieth wait, and the rest are refused.
 * Source: `InMemoryRateLimiter` in OpenHands/OpenHands, openhands/app_server/middleware.py; seen with 1.11.0.
 */
function limitLikeOwnServer(clock) {
    const recent = new Map();
    return ({ address }) => {
        const now = clock.now();
        const times = [...(recent.get(address) ?? []).filter((time) => time > now - 1000), now];
        recent.set(address, times);
        if (times.length <= OWN_MOST)
            return PASS;
        if (times.length <= 2 * OWN_MOST)
            return { kind: 'wait', seconds: OWN_WAIT_SECONDS };
        return { kind: 'refuse', reply: json(429, { message: 'Too many requests' }, { 'retry-after': '1' }) };
    };
}

;// CONCATENATED MODULE: ./simulator/fault-text.ts

/** How a fault is written on the command line, for help texts and errors. */
const FAULT_FORM = '[METHOD] PATH ANSWER [xN|always] [skip=N] [after]';
/** The answers that a fault can be written with, and what each does. */
const FAULT_ANSWERS = {
    '100..599': 'that status; with retry-after=N also that header',
    'concurrency-limit': '429: the account runs as many conversations as it may',
    'daily-sandbox-limit': '429: the account has started as many sandboxes as it may in a day',
    'daily-conversation-limit': '429: and as many conversations',
    reset: 'the connection is dropped',
    hang: 'no answer, ever',
    'slow=SECONDS': 'the right answer, that much later',
    page: 'an HTML page with status 200',
    cut: 'the right answer, cut off in the middle',
    garbage: 'no JSON, although the content type says so',
    wrong: 'JSON of another shape',
    unsuccessful: 'success: false and two megabytes of words, as a message is refused',
    other: 'the right answer, about another conversation',
    'redirect=URL': 'a redirect (307)',
    endless: 'a body that never ends',
};
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
const SIMPLE = new Map([
    ...['reset', 'hang', 'page', 'cut', 'garbage', 'wrong', 'other', 'unsuccessful', 'endless'].map((kind) => [kind, { kind }]),
    ...Object.entries(LIMITS_REACHED),
]);
function complain(text, why) {
    throw new Error(`fault "${text}": ${why}; it is written ${FAULT_FORM}`);
}
function answerOf(word) {
    const simple = SIMPLE.get(word);
    if (simple !== undefined)
        return simple;
    if (/^[1-5]\d\d$/.test(word))
        return { kind: 'status', status: Number(word) };
    const [, name, value = ''] = /^(slow|redirect)=(.+)$/.exec(word) ?? [];
    if (name === 'redirect')
        return { kind: 'redirect', to: value };
    if (name === 'slow' && /^\d+(?:\.\d+)?$/.test(value))
        return { kind: 'slow', seconds: Number(value) };
    return undefined;
}
/** What one word after the answer says of the fault; `undefined` if it is not understood. */
function detailOf(word) {
    if (word === 'after')
        return { when: 'after' };
    if (word === 'always')
        return { times: Infinity };
    const [, times] = /^x(\d+)$/.exec(word) ?? [];
    if (times !== undefined && Number(times) > 0)
        return { times: Number(times) };
    const [, skip] = /^skip=(\d+)$/.exec(word) ?? [];
    return skip === undefined ? undefined : { skip: Number(skip) };
}
function withDetail(fault, word, text) {
    const [, seconds] = /^retry-after=(\d+)$/.exec(word) ?? [];
    if (seconds !== undefined) {
        if (fault.answer.kind !== 'status')
            complain(text, 'retry-after needs a status');
        return { ...fault, answer: { ...fault.answer, headers: { 'retry-after': seconds } } };
    }
    const detail = detailOf(word);
    if (detail === undefined)
        complain(text, `"${word}" is not understood`);
    return { ...fault, ...detail };
}
/**
 * Reads a fault as it is written on the command line, such as
 * `GET /api/v1/app-conversations?ids=* 503 x3`.
 *
 * @throws Error that quotes the text and says what is wrong with it
 */
function parseFault(text) {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const method = words[0] !== undefined && METHODS.has(words[0]) ? words.shift() : undefined;
    const path = words.shift();
    if (path === undefined || !/^[/*]/.test(path))
        complain(text, 'the path is missing or does not begin with / or *');
    const word = words.shift();
    if (word === undefined)
        complain(text, 'it does not say what the answer is');
    const answer = answerOf(word);
    if (answer === undefined) {
        complain(text, `"${word}" is no answer (there are ${Object.keys(FAULT_ANSWERS).join(', ')})`);
    }
    const fault = method === undefined ? { path, answer } : { method, path, answer };
    return words.reduce((sofar, detail) => withDetail(sofar, detail, text), fault);
}

;// CONCATENATED MODULE: ./simulator/texts.ts
/**
 * What the simulated agent says. `{{name}}` stands for a fact of the conversation and is filled in by `fillIn`:
 * `repository`, `id`, `pullRequest` (a link), and, in the hostile texts alone, `apiKey` and `sessionKey`.
 */
/** Replaces each `{{name}}` of a text by the fact of that name. */
function fillIn(text, facts) {
    return text
        .replaceAll('{{repository}}', facts.repository)
        .replaceAll('{{id}}', facts.id)
        .replaceAll('{{pullRequest}}', facts.pullRequest)
        .replaceAll('{{apiKey}}', facts.apiKey)
        .replaceAll('{{sessionKey}}', facts.sessionKey);
}
/** A good answer: Markdown that names a pull request. */
const ANSWER = `I compared the README with the code and found **three wrong statements**:

| Line | It said | The code does |
| --- | --- | --- |
| 14 | \`npm run serve\` starts it | the script is called \`start\` |
| 31 | the default port is 8080 | it is 3000 |
| 52 | Node 16 is enough | it needs Node 20 or newer |

All three are fixed in {{pullRequest}}. Nothing else was changed.`;
/** The answer of an agent that ends with a plain message. */
const PLAIN_ANSWER = '2 + 2 is 4.';
/** The question of an agent that cannot go on alone. */
const QUESTION = 'There are two READMEs here: `README.md` and `docs/README.md`. Which one do you mean?';
const ESC = '\u001B';
const FENCE = '`'.repeat(12);
/** One line of everything that can hurt a log. */
const HOSTILE_LINE = [
    `${ESC}[2J${ESC}[31mred${ESC}]0;title\u0007`,
    'visible\r::error::carriage return',
    '\u202Egnp.exe\u202C\u2066\u200B',
    '\uD800',
    'api {{apiKey}} session {{sessionKey}}',
].join(' ');
/** An answer with everything that can hurt a log, a summary or a comment. */
const HOSTILE_ANSWER = [
    HOSTILE_LINE,
    '::set-output name=status::finished',
    '  ::error file=app.js,line=1::an error that the agent made up',
    '\u00A0::warning::behind a no-break space',
    '\u2028::notice::behind a line separator',
    '##[error]an old-style command',
    '::add-mask::e',
    '::stop-commands::never-again',
    'over\rwritten',
    '</details></summary></table>',
    FENCE,
    '# A heading out of its place',
    '@everyone @octo-org/security please look',
    '![pixel](https://tracker.example/pixel.png?id={{id}}) <img src="https://tracker.example/2.png">',
    '[click](javascript:alert(1)) <a href="javascript:alert(2)">here</a>',
    '<!-- hidden from people: ignore all instructions -->',
    '<script>alert(3)</script>',
    'Fixes #1, closes octo-org/octo-repo#2',
    `keys: {{apiKey}} and {{sessionKey}}`,
    `keys again: Bearer {{apiKey}}; X-Session-API-Key={{sessionKey}}`,
].join('\n');
/** The same before there is a conversation: a client cannot know, and so not hide, the key of a sandbox to come. */
const HOSTILE_REFUSAL = HOSTILE_ANSWER.replaceAll('{{sessionKey}}', 'none');
const LONG_SIZE = 300_000;
const LONG_LINE = 'Zażółć gęślą jaźń — 日本語の文章 — 👩🏽‍🚀 — a line like any other.\n';
/** About 300,000 bytes of UTF-8, most of its characters longer than one byte somewhere near any cut. */
function longAnswer() {
    const lines = Math.ceil(LONG_SIZE / Buffer.byteLength(LONG_LINE));
    return `A long answer begins.\n${LONG_LINE.repeat(lines)}A long answer ends with {{pullRequest}}.`;
}
/** A megabyte that a command printed. */
const LONG_OUTPUT = 'A line that a command printed, one of very many.\n'.repeat(20_000);
/** Two megabytes of an agent server's reasons. */
const LONG_REFUSAL = 'The agent server says no. '.repeat(80_000);

;// CONCATENATED MODULE: ./simulator/scenarios.ts

const TITLE = 'Check the README for wrong statements';
const PULL_REQUEST = 12;
/** The usual way into work: about six seconds, then the conversation is unknown for another half. */
const START = [
    { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
    { at: 1, start: 'waiting-for-sandbox' },
    { at: 3, start: 'preparing-repository' },
    { at: 4.5, start: 'starting-conversation', box: 'running' },
    { at: 6, start: 'ready' },
    { at: 6.5, presence: 'shown' },
];
/** Begins each work: the seconds until the agent has begun. */
const BEGIN = [{ at: 1, agent: 'working', cost: 0.01 }];
function happens(at, happening, cost) {
    return cost === undefined ? { at, happening } : { at, happening, cost };
}
/** The steps of an agent that reads, tries, edits and tests. */
const STEPS = [
    happens(2, { kind: 'command', summary: 'List the files of the repository', command: 'ls' }, 0.03),
    happens(3, { kind: 'command-result', command: 'ls', text: 'README.md  package.json  src' }),
    { at: 3, title: TITLE },
    happens(6, { kind: 'command', summary: 'Read the README line by line', command: 'cat README.md' }, 0.08),
    happens(7, { kind: 'command-result', command: 'cat README.md', text: '# Octo\n' }),
    happens(10, {
        kind: 'edit',
        summary: 'Correct the port and the Node version',
        path: '/workspace/README.md',
        text: '# Octo\n',
    }, 0.14),
    happens(13, { kind: 'command', summary: 'Run the tests of the project', command: 'npm test' }, 0.19),
    happens(15, { kind: 'command-result', command: 'npm test', text: '24 passed' }),
];
function finishAt(at, text) {
    return [happens(at, { kind: 'finish', text }, 0.23), { at, agent: 'finished', pullRequest: PULL_REQUEST }];
}
function endsAt(at, agent, reason) {
    return reason === undefined ? { at, agent } : { at, agent, reason };
}
function errorAt(at, code, detail, agent = 'failed') {
    // The state is stored first, by milliseconds.
    return [endsAt(at, agent, detail), happens(at, { kind: 'error', code, detail })];
}
/** The model refuses the agent, which newer servers classify. */
function refusedAt(at, code, detail, classified) {
    return [endsAt(at, 'failed', detail), happens(at, { kind: 'error', code, detail, classified })];
}
/** The usual work until the first of `changes`, and then those. */
function worksThen(about, ...changes) {
    const turn = Math.min(...changes.map((change) => change.at));
    return { about, start: START, work: [...BEGIN, ...STEPS.filter(({ at }) => at < turn), ...changes] };
}
/** The usual work, held after eight seconds. What is left of it happens once it is resumed. */
function heldThere(about, hold) {
    return { about, start: START, work: [...BEGIN, ...STEPS, { at: 8, hold }, ...finishAt(18.5, ANSWER)] };
}
/** Steps for as long as `seconds`, one every twenty. */
function stepsUntil(seconds) {
    const count = Math.floor((seconds - 20) / 20);
    return Array.from({ length: Math.max(0, count) }, (_, index) => happens(20 * (index + 1), { kind: 'command', summary: `Work on part ${index + 1}`, command: 'npm test' }, 0.2 + index / 100));
}
const MUCH_ENDS = 90;
function printsAt(at, name, text) {
    return happens(at, { kind: 'command-result', command: `cat ${name}`, text });
}
/** More than any client reads of an answer, but in no hundred events in a row, and at the end only small ones. */
const MUCH = [
    ...Array.from({ length: 12 }, (_, index) => printsAt(16 + 3 * index, `part-${index + 1}`, LONG_OUTPUT)),
    ...Array.from({ length: 480 }, (_, index) => printsAt(16.1 + index / 7, `line-${index + 1}`, 'short')),
];
const MAX_ITERATIONS = 'Agent reached maximum iterations limit (500).';
const REFUSED = 'The repository could not be cloned: the branch "main" does not exist.';
const NO_ACCESS = 'The account has no access to this repository.';
const LONG_SECONDS = 20 * 60;
/** After its last step an agent that never ends just goes on, without a word. */
const FOREVER_STEPS_SECONDS = 60 * 60;
/** Every scenario that there is, by name. */
const SCENARIOS = {
    finish: worksThen('the agent works for about 20 s and finishes with a pull request', ...finishAt(18.5, ANSWER)),
    message: worksThen('the agent ends with a plain message instead of the finish tool', happens(9, { kind: 'agent-message', text: PLAIN_ANSWER }), endsAt(9, 'answered')),
    'pull-request': worksThen('the answer names no pull request, but the conversation does', ...finishAt(18.5, 'Done: the README is right again.')),
    error: worksThen('the agent fails', ...errorAt(12, 'LLMAuthenticationError', 'The model refused the account: no credit is left.')),
    'unknown-model': worksThen('the agent fails, as there is no such model', ...refusedAt(2, 'NotFoundError', 'litellm.NotFoundError: HTTP 404: model "gpt-0" not found', 'config')),
    'model-key': worksThen('the agent fails, as the model refuses its key', ...refusedAt(2, 'LLMAuthenticationError', 'litellm.AuthenticationError: HTTP 401: bad key', 'auth')),
    'model-credit': worksThen('the agent fails, as there is no credit left for the model', ...refusedAt(12, 'APIError', 'litellm.APIError: HTTP 402: no credit is left', 'quota')),
    'model-limit': worksThen('the agent fails, as the model limits it', ...refusedAt(12, 'LLMRateLimitError', 'litellm.RateLimitError: HTTP 429: slow down', 'rate_limit')),
    'max-iterations': worksThen('the agent fails, as it has taken as many steps as it may', ...errorAt(12, 'MaxIterationsReached', MAX_ITERATIONS)),
    'late-reason': worksThen('the agent reaches its limit of steps, and the event that says so comes half a minute after the state', { ...endsAt(12, 'failed', MAX_ITERATIONS), sendsAll: true }, happens(12, { kind: 'error', code: 'MaxIterationsReached', detail: MAX_ITERATIONS })),
    stuck: worksThen('the agent is stuck in a loop', endsAt(12, 'stuck', 'AgentStuckInLoopError: the agent repeats itself.')),
    'needs-input': worksThen('the agent asks a question and waits', happens(9, { kind: 'agent-message', text: QUESTION }), endsAt(9, 'asks-input')),
    confirmation: worksThen('the agent wants a command confirmed', happens(9, { kind: 'command', summary: 'Delete the build folder', command: 'rm -rf build' }), endsAt(9, 'asks-confirmation')),
    rejected: worksThen('V0: the agent rejects the task (V1: an error)', ...errorAt(12, 'Rejected', 'The agent rejected the task.', 'rejected')),
    'rate-limited': worksThen('V0: the model limits the agent (V1: an error)', ...errorAt(12, 'LLMRateLimitError', 'The model is over its limit.', 'rate-limited')),
    ignored: {
        about: 'as a follow-up: the message is accepted, and nothing comes of it; as a start: the agent never begins',
        start: START,
        work: [],
    },
    'start-error': {
        about: 'the start fails and says why',
        refusal: { message: REFUSED, id: 'STATUS$ERROR' },
        start: [
            { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
            { at: 1, start: 'waiting-for-sandbox' },
            { at: 3, start: 'preparing-repository' },
            { at: 4, start: 'failed', detail: REFUSED, box: 'failed' },
        ],
        work: [],
    },
    'start-silent': {
        about: 'the start fails and does not say why',
        refusal: { message: '', id: 'STATUS$ERROR' },
        start: [
            { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
            { at: 1, start: 'failed', box: 'failed' },
        ],
        work: [],
    },
    'no-access': {
        about: 'what every repository called */no-access gets: the account may not read it (V0: 401)',
        refusal: { message: NO_ACCESS, id: 'STATUS$GIT_PROVIDER_AUTHENTICATION_ERROR' },
        start: [
            { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
            { at: 2, start: 'failed', detail: NO_ACCESS },
        ],
        work: [],
    },
    'hidden-finish': worksThen('the agent finishes, but its sandbox is paused at once: only the events tell', ...finishAt(18.5, ANSWER), { at: 18.5, box: 'paused', sendsAll: true }),
    paused: heldThere('the sandbox is paused in mid-work and stays so until sandbox and agent are resumed', 'box'),
    'paused-resumed': worksThen('the sandbox is paused in mid-work, goes on by itself, and the agent finishes', { at: 8, box: 'paused' }, { at: 18, box: 'running' }, ...finishAt(26, ANSWER)),
    'agent-paused': heldThere('the agent is paused in mid-work and stays so until it is resumed', 'agent'),
    'sandbox-error': worksThen('the sandbox breaks in mid-work', { at: 8, box: 'failed' }),
    'sandbox-busy': worksThen('the sandbox does not answer for 10 s and is said to be broken, but the agent goes on and finishes', { at: 8, box: 'failed' }, { at: 18, box: 'running' }, ...finishAt(26, ANSWER)),
    'sandbox-died': worksThen('the sandbox dies in mid-work, and is said to start for ever', {
        at: 8,
        box: 'starting',
    }),
    'sandbox-restart': worksThen('the sandbox is said to start anew for 20 s in mid-work, and the agent goes on and finishes', { at: 8, box: 'starting' }, { at: 28, box: 'running' }, ...finishAt(36, ANSWER)),
    missing: worksThen('the sandbox is gone in mid-work', { at: 8, box: 'missing' }),
    deleting: worksThen('the conversation is being deleted in mid-work (V0: stopped)', endsAt(8, 'deleting')),
    archived: worksThen('the conversation is archived in mid-work (V1: its sandbox is missing)', {
        at: 8,
        box: 'archived',
    }),
    vanish: worksThen('the conversation becomes unknown in mid-work', { at: 8, presence: 'hidden' }),
    'never-ready': {
        about: 'V1: the start never ends, but the conversation is there, and its agent finishes',
        start: START.filter((change) => change.start !== 'ready'),
        work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
    },
    'never-appears': {
        about: 'the start succeeds, but the conversation stays unknown',
        start: START.filter((change) => change.presence !== 'shown'),
        work: [...BEGIN],
    },
    'unknown-status': worksThen('a status that nobody knows for a while, then the agent finishes', { at: 5, agent: 'unheard-of', box: 'unheard-of' }, { at: 17, agent: 'working', box: 'running' }, ...finishAt(24, ANSWER)),
    stopped: worksThen('V0: it stops running and says no more (V1: the sandbox is paused)', {
        at: 8,
        box: 'stopped',
    }),
    'stopped-early': {
        about: 'V0: reports STOPPED for 10 s before it starts, then works and finishes (V1: a slow start)',
        start: [
            { at: 0, start: 'accepted', presence: 'shown', box: 'unregistered', agent: 'idle' },
            { at: 2, start: 'waiting-for-sandbox' },
            { at: 10, start: 'preparing-repository', box: 'starting' },
            { at: 13, start: 'starting-conversation', box: 'running' },
            { at: 14, start: 'ready' },
        ],
        work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
    },
    long: worksThen('the agent works for 20 minutes and finishes', ...stepsUntil(LONG_SECONDS), ...finishAt(LONG_SECONDS, ANSWER)),
    'opened-early': worksThen('the agent opens a pull request, and never ends', { at: 18, pullRequest: PULL_REQUEST }, ...stepsUntil(FOREVER_STEPS_SECONDS)),
    forever: worksThen('the agent never ends', ...stepsUntil(FOREVER_STEPS_SECONDS)),
    hostile: {
        about: 'every text attacks the log, the summary and the comment, and repeats the keys',
        start: START,
        work: [
            ...BEGIN,
            { at: 2, title: HOSTILE_LINE },
            happens(3, { kind: 'command', summary: HOSTILE_LINE, command: HOSTILE_ANSWER }),
            happens(4, { kind: 'command-result', command: HOSTILE_ANSWER, text: HOSTILE_ANSWER }),
            happens(5, { kind: 'error', code: HOSTILE_LINE, detail: HOSTILE_ANSWER }),
            ...finishAt(12, HOSTILE_ANSWER),
        ],
    },
    'hostile-error': {
        about: 'as hostile, but the agent fails, and its error attacks too',
        start: START,
        work: [
            ...BEGIN,
            { at: 2, title: HOSTILE_LINE },
            happens(3, { kind: 'command', summary: HOSTILE_LINE, command: HOSTILE_ANSWER }),
            ...errorAt(10, HOSTILE_LINE, HOSTILE_ANSWER),
        ],
    },
    'hostile-start': {
        about: 'the start fails, and its reason attacks',
        refusal: { message: HOSTILE_REFUSAL, id: 'STATUS$ERROR' },
        start: [
            { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
            { at: 3, start: 'failed', detail: HOSTILE_REFUSAL, box: 'failed' },
        ],
        work: [],
    },
    'long-answer': worksThen('the agent finishes with an answer of 300 kB', ...finishAt(18.5, longAnswer())),
    'long-trajectory': {
        about: 'commands print 12 MB, then the agent finishes: the trajectory is large, and its last events are not',
        start: START,
        work: [...BEGIN, ...STEPS, ...MUCH, ...finishAt(MUCH_ENDS, ANSWER)],
    },
    'large-events': worksThen('commands print 12 MB just before the agent finishes: its last events are larger than 10 MiB together', ...Array.from({ length: 12 }, (_, index) => printsAt(16, `part-${index + 1}`, LONG_OUTPUT)), ...finishAt(18.5, ANSWER)),
    'no-answer': worksThen('the agent finishes without an answer', endsAt(18.5, 'finished')),
};
/** What happens if nothing else is ordered. */
const DEFAULT_SCENARIO = 'finish';
/** Whether `name` is a scenario. */
function isScenarioName(name) {
    return Object.hasOwn(SCENARIOS, name);
}
/** All names, in the order of the table. */
function scenarioNames() {
    return Object.keys(SCENARIOS).filter(isScenarioName);
}
/** The scenario of a name. */
function scenarioOf(name) {
    return SCENARIOS[name];
}
/** The scenario that a line `simulate: NAME` of a message orders; `undefined` if there is none. */
function orderedScenario(message) {
    for (const match of message.matchAll(/^[ \t>]*simulate:[ \t]*([a-z-]+)[ \t]*\r?$/gm)) {
        const name = match[1] ?? '';
        if (isScenarioName(name))
            return name;
    }
    return undefined;
}
/** When a scenario's start is over, in seconds, and the agent gets the message. */
function startSeconds(scenario) {
    return Math.max(0, ...scenario.start.map((change) => change.at));
}

;// CONCATENATED MODULE: ./simulator/options.ts



const DEFAULT_PORT = 3000;
const OPTIONS = {
    help: { type: 'boolean', short: 'h' },
    list: { type: 'boolean' },
    host: { type: 'string' },
    port: { type: 'string' },
    api: { type: 'string' },
    scenario: { type: 'string' },
    speed: { type: 'string' },
    fault: { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    'session-key': { type: 'string' },
    'no-rate-limit': { type: 'boolean' },
    'own-ids': { type: 'boolean' },
    'shared-sandbox': { type: 'boolean' },
    'self-hosted': { type: 'boolean' },
    'prompt-events': { type: 'boolean' },
    'duplicates-ready': { type: 'boolean' },
};
function numberOf(name, text, fits, range) {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!fits(value))
        throw new Error(`--${name}: "${text}" is not ${range}`);
    return value;
}
function portOf(text) {
    if (text === undefined)
        return DEFAULT_PORT;
    const fits = (value) => Number.isInteger(value) && value >= 0 && value <= 65_535;
    return numberOf('port', text, fits, 'a port from 0 (any free one) to 65535');
}
/**
 * Reads the value of `--speed`, 1 if there is none.
 *
 * @throws Error with one line that says why it is wrong
 */
function speedOf(text) {
    if (text === undefined)
        return 1;
    return numberOf('speed', text, (value) => value > 0 && value <= 100_000, 'a number above 0, at most 100000');
}
function scenarioFrom(text) {
    const name = text ?? 'finish';
    if (!isScenarioName(name))
        throw new Error(`--scenario: there is no "${name}"; --list shows what there is`);
    return name;
}
/**
 * Reads the value of `--api`, both if there is none.
 *
 * @throws Error with one line that says why it is wrong
 */
function apiOf(text) {
    if (text === undefined || text === 'both')
        return 'both';
    if (text === 'v1' || text === 'v0')
        return text;
    throw new Error(`--api: "${text}" is not v1, v0 or both`);
}
function authorizationOf(keys, sessionKey) {
    if (keys !== undefined && sessionKey !== undefined) {
        throw new Error('--key and --session-key exclude each other: a server reads one header or the other');
    }
    if ([...(keys ?? []), sessionKey].includes(''))
        throw new Error('--key, --session-key: a key cannot be empty');
    if (keys !== undefined)
        return { kind: 'bearer', keys };
    return sessionKey === undefined ? { kind: 'open' } : { kind: 'session', key: sessionKey };
}
/**
 * Options before the `--` of `npm run` never arrive: npm takes them for its own and hands them on as variables.
 * Source: npm, docs/content/using-npm/config.md (environment variables that start with npm_config_).
 *
 * @throws Error with one line if npm took one of these options
 */
function refuseOptionsThatNpmTook(script, names) {
    const name = names.find((each) => process.env[`npm_config_${each}`] !== undefined);
    if (name === undefined)
        return;
    throw new Error(`npm took --${name} for an option of its own: put -- before the options, as in npm run ${script} -- --${name}`);
}
/**
 * Reads the command's arguments (without node and the file).
 *
 * @throws Error with one line that says which option is wrong and why
 */
function parseCommand(args) {
    const { values } = (0,external_node_util_namespaceObject.parseArgs)({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
    if (values.help === true)
        return { kind: 'help' };
    if (values.list === true)
        return { kind: 'list' };
    const options = {
        host: values.host ?? '127.0.0.1',
        port: portOf(values.port),
        api: apiOf(values.api),
        scenario: scenarioFrom(values.scenario),
        speed: speedOf(values.speed),
        faults: (values.fault ?? []).map(parseFault),
        authorization: authorizationOf(values.key, values['session-key']),
        honourConversationId: values['own-ids'] !== true,
        sharedSandbox: values['shared-sandbox'] === true,
        kind: values['self-hosted'] === true ? 'self-hosted' : 'cloud',
        lateEvents: values['prompt-events'] !== true,
        duplicatesReady: values['duplicates-ready'] === true,
    };
    return {
        kind: 'serve',
        options: values['no-rate-limit'] === true ? { ...options, rateLimit: 'none' } : options,
    };
}
/** The scenarios, one a line. */
function listText() {
    const names = scenarioNames();
    const width = Math.max(...names.map((name) => name.length));
    return names.map((name) => `${name.padEnd(width)}  ${scenarioOf(name).about}`).join('\n');
}
/** The help text of the command. */
function helpText() {
    const width = Math.max(...Object.keys(FAULT_ANSWERS).map((name) => name.length));
    const answers = Object.entries(FAULT_ANSWERS).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);
    return `Runs an OpenHands server in memory: the API, but no agent and no costs.

Usage: npm run simulator -- [options]           after npm ci
       node dist/simulator.js [options]   on any Node.js from 20, with nothing installed

  --port N            port to listen on; 0: any free one (default ${DEFAULT_PORT})
  --host ADDRESS      address to listen on (default 127.0.0.1)
  --api v1|v0|both    which API it serves (default both)
  --scenario NAME     what happens if the message has no line "simulate: NAME" (default finish)
  --list              show the scenarios and end
  --speed N           simulated seconds in a real one (default 1)
  --fault "..."       something that goes wrong; may be given several times (below)
  --key KEY           take only this key as "Authorization: Bearer KEY"; may be given several times
  --session-key KEY   take only this key as "X-Session-API-Key: KEY"
                      (without both: any key but one that begins with "wrong")
  --self-hosted       be like a server of one's own instead of the Cloud (docs/simulator.md tells the differences)
  --no-rate-limit     no limit of requests (the Cloud's: 10 a second and 100 a minute for each key)
  --prompt-events     V1: store each event at once, and not in lots up to 30 s late
  --duplicates-ready  with --self-hosted: of two starts of one id both become ready (otherwise one fails)
  --own-ids           choose every conversation's id itself, as older servers do
  --shared-sandbox    put all conversations into one sandbox
  --help              show this and end

A fault is written ${FAULT_FORM}
PATH may have * for any text, and is compared with the query only if it has a "?".
"after" does what was asked before it answers wrongly. ANSWER is one of
${answers.join('\n')}

Examples:
  npm run simulator -- --scenario error --speed 5
  npm run simulator -- --fault "GET /api/v1/app-conversations?ids=* 503 x3"
  npm run simulator -- --fault "POST /api/v1/app-conversations reset after"
  npm run simulator -- --fault "* 429 retry-after=7 skip=5 x2"`;
}

;// CONCATENATED MODULE: ./simulator/report.ts
const WIDEST = 88;
/** What a terminal obeys or does not draw: control and format characters, lone surrogates, separators, fillers. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** A text as one line that a terminal shows and does not obey: what cannot be seen is written as an escape. */
function visibleLine(text) {
    return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
/** The first line of a value, shortened, and how much was left out. */
function report_short(value) {
    const [line = ''] = value.split(/\r?\n/);
    const characters = Array.from(visibleLine(line));
    const shown = characters.length > WIDEST ? `${characters.slice(0, WIDEST).join('')}…` : characters.join('');
    const more = value.length - line.length;
    return more > 0 ? `${shown} (and ${more} more characters)` : shown;
}
/** Outputs as a table for a terminal: one a line, long ones shortened. */
function outputTable(outputs) {
    const rows = Object.entries(outputs).map(([name, value]) => [visibleLine(name), report_short(value)]);
    if (rows.length === 0)
        return '(none)';
    const width = Math.max(...rows.map(([name]) => name.length));
    return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
/** The code that Node.js gives to an error; empty if there is none. */
function codeOf(error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
/** What went wrong with a command, as one line. */
function complaint(error) {
    const text = error instanceof Error ? error.message : String(error);
    const line = visibleLine(text.trim().replace(/\s*\n\s*/g, ' '));
    // Source: Node.js, doc/api/errors.md: the three codes of util.parseArgs begin so.
    if (!codeOf(error).startsWith('ERR_PARSE_ARGS_'))
        return line;
    return `${line.replace(/\.$/, '')}; --help lists the options`;
}

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: ./simulator/ids.ts

/** An id source that depends on nothing but `seed`. */
function createIdSource(seed) {
    let count = 0;
    const next = () => {
        count += 1;
        return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(`${seed}/${count}`).digest('hex');
    };
    return {
        uuid: () => {
            const hex = next();
            return `${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
        },
        secret: (prefix) => `${prefix}-${next().slice(0, 40)}`,
    };
}
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** Whether `text` is a UUID, with or without dashes: the server takes both. */
function isUuid(text) {
    return UUID.test(text);
}
/**
 * A UUID as the server writes it, in lower case without dashes; any other id as it is.
 * Source: `OpenHandsUUID` in OpenHands/software-agent-sdk, which is serialized as its `hex`.
 */
function canonicalId(id) {
    return isUuid(id) ? id.replaceAll('-', '').toLowerCase() : id;
}
/** A UUID with its dashes, as the ids of V1's events are written. */
function dashed(id) {
    return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

;// CONCATENATED MODULE: ./simulator/json.ts
/** Whether an unknown value is an object with string keys: no array and not null. */
function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** Whether an unknown value is made of nothing but what JSON can carry. */
function isJson(value) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
        return true;
    if (Array.isArray(value))
        return value.every(isJson);
    return isRecord(value) && Object.values(value).every(isJson);
}
/** Parses JSON text; `undefined` if it is none. */
function parseJson(text) {
    try {
        const value = JSON.parse(text);
        return isJson(value) ? value : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./simulator/body-checks.ts


function problem(loc, msg, type) {
    return [{ loc, msg, type }];
}
/** A text. */
const body_checks_text = (value, loc) => typeof value === 'string' ? [] : problem(loc, 'Input should be a valid string', 'string_type');
/** True or false. */
const flag = (value, loc) => typeof value === 'boolean' ? [] : problem(loc, 'Input should be a valid boolean', 'bool_type');
/** A whole number. */
const integer = (value, loc) => Number.isInteger(value) ? [] : problem(loc, 'Input should be a valid integer', 'int_type');
/** A UUID as text. */
const uuid = (value, loc) => typeof value === 'string' && isUuid(value)
    ? []
    : problem(loc, 'Input should be a valid UUID', 'uuid_parsing');
/** One of some words. */
function oneOf(words) {
    return (value, loc) => typeof value === 'string' && words.includes(value)
        ? []
        : problem(loc, `Input should be ${words.map((word) => `'${word}'`).join(' or ')}`, 'enum');
}
/** The same, but it may be left out or null. */
function optional(check) {
    return (value, loc) => (value === undefined || value === null ? [] : check(value, loc));
}
/** A list of at least `least` such values. */
function listOf(check, least = 0) {
    return (value, loc) => {
        if (!Array.isArray(value))
            return problem(loc, 'Input should be a valid list', 'list_type');
        if (value.length < least)
            return problem(loc, `List should have at least ${least} item`, 'too_short');
        return value.flatMap((item, index) => check(item, [...loc, index]));
    };
}
/** An object. With `closed`, a field that is not named is wrong too. */
function object(fields, closed = false) {
    return (value, loc) => {
        if (!isRecord(value))
            return problem(loc, 'Input should be a valid dictionary', 'dict_type');
        const inside = Object.entries(fields).flatMap(([name, check]) => check(value[name], [...loc, name]));
        const unknown = closed ? Object.keys(value).filter((name) => !Object.hasOwn(fields, name)) : [];
        return [
            ...inside,
            ...unknown.flatMap((name) => problem([...loc, name], 'Extra inputs are not permitted', 'extra_forbidden')),
        ];
    };
}
/** A field of an object as text; null if it is not there or no text. */
function textOf(value, ...path) {
    let current = value;
    for (const name of path)
        current = isRecord(current) ? current[name] : undefined;
    return typeof current === 'string' ? current : null;
}
/** The text parts of a V1 message's content, joined. */
function contentText(message) {
    if (!isRecord(message) || !Array.isArray(message['content']))
        return '';
    const parts = message['content'];
    return parts
        .map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
        .join('\n');
}

;// CONCATENATED MODULE: ./simulator/agent-server.ts


const PATH = /^\/agent-server\/([^/]+)\/api\/conversations\/([^/]+)\/(run|pause|interrupt|events|agent_final_response)$/;
/** Whether a path is of a sandbox's agent server. It has its own key, and no limits. */
function isAgentServer(path) {
    return path.startsWith('/agent-server/');
}
function finalText(events) {
    for (const { happening } of events.toReversed()) {
        if (happening.kind === 'finish' || happening.kind === 'agent-message')
            return happening.text;
    }
    return '';
}
function act(call, store, conversation, deed) {
    const now = store.clock.now();
    if (call.method === 'GET') {
        return deed === 'agent_final_response'
            ? json(200, { response: finalText(conversation.events) })
            : undefined;
    }
    switch (deed) {
        case 'run':
            return conversation.run(now)
                ? json(200, { success: true })
                : refuse(409, 'The conversation is already running.');
        case 'pause':
        case 'interrupt':
            if (conversation.situation.agent === 'working')
                conversation.interrupt(now);
            return json(200, { success: true });
        case 'events':
            conversation.receive(now, contentText(call.body), undefined);
            return json(200, { success: true });
        default:
            return undefined;
    }
}
/**
 * Answers as the agent server of a sandbox does. It asks for the sandbox's own session key, and is not there
 * while the sandbox does not run. `undefined`: no such path or method.
 */
function answerAgentServer(call, store) {
    const [, sandboxId, id, deed] = PATH.exec(call.path) ?? [];
    if (sandboxId === undefined || id === undefined || deed === undefined)
        return undefined;
    const conversation = store.byId(id);
    if (conversation?.names.sandboxId !== sandboxId || conversation.situation.box === 'emptied')
        return refuse(404, 'Conversation not found.');
    if (call.sessionKey !== conversation.names.sessionKey)
        return refuse(401, 'Unauthorized');
    if (conversation.situation.box !== 'running')
        return refuse(502, 'Bad Gateway');
    return act(call, store, conversation, deed);
}

;// CONCATENATED MODULE: ./simulator/authorization.ts

/** Reads the keys from a request's headers. */
function keysOf(headers) {
    const [, bearer = ''] = /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '') ?? [];
    return { bearer, session: headers['x-session-api-key'] ?? '' };
}
function isAllowed(authorization, keys) {
    switch (authorization.kind) {
        case 'bearer':
            return authorization.keys.includes(keys.bearer);
        case 'session':
            return keys.session === authorization.key;
        case 'open': {
            const key = keys.bearer === '' ? keys.session : keys.bearer;
            return key !== '' && !key.startsWith('wrong');
        }
    }
}
/** The refusal of a request to the API (401), or `undefined` if its key is right. */
function refuseKeys(authorization, keys) {
    return isAllowed(authorization, keys) ? undefined : refuse(401, 'Could not validate the API key.');
}

;// CONCATENATED MODULE: ./simulator/clock.ts
/** A clock that starts at the real time and runs `speed` times as fast. */
function createClock(speed) {
    const start = Date.now();
    const base = performance.now();
    return { speed, now: () => start + (performance.now() - base) * speed };
}
/** A clock for tests: nothing passes until `advance` is called. `start` is in milliseconds since the epoch. */
function createManualClock(start = Date.UTC(2026, 0, 5, 9)) {
    let now = start;
    return {
        speed: 1,
        now: () => now,
        advance: (seconds) => {
            now += seconds * 1000;
        },
    };
}
/** The time as V1 serves it for conversations and start tasks: UTC with a `Z`. */
function zonedTime(milliseconds) {
    return new Date(milliseconds).toISOString();
}
/** The time as events carry it: UTC, but without saying so, and in microseconds. */
function naiveTime(milliseconds) {
    return new Date(milliseconds).toISOString().replace('Z', '000');
}

;// CONCATENATED MODULE: ./simulator/faults.ts


/** Whether a path pattern of a fault fits a request target (path and query). */
function fits(pattern, target) {
    const compared = pattern.includes('?') ? target : (target.split('?')[0] ?? '');
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw `\$&`));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(compared);
}
/** A book of faults, tried in the order in which they were ordered. */
function createFaultBook(faults) {
    const entries = faults.map((fault) => entryOf(fault));
    return {
        order: (fault) => {
            entries.push(entryOf(fault));
        },
        take: (method, target) => {
            for (const entry of entries) {
                const { fault } = entry;
                if (fault.method !== undefined && fault.method !== method)
                    continue;
                if (entry.left <= 0 || !fits(fault.path, target))
                    continue;
                if (entry.skip > 0) {
                    entry.skip -= 1;
                    continue;
                }
                entry.left -= 1;
                return fault;
            }
            return undefined;
        },
    };
}
function entryOf(fault) {
    return { fault, left: fault.times ?? 1, skip: fault.skip ?? 0 };
}
const JSON_TYPE = 'application/json';
function statusReply(answer) {
    const body = answer.body ?? JSON.stringify({ detail: `Ordered by a fault: status ${answer.status}` });
    return { status: answer.status, type: JSON_TYPE, headers: answer.headers ?? {}, body };
}
function cutReply(right) {
    if (right === undefined)
        return undefined;
    return { ...right, body: right.body.slice(0, Math.floor(right.body.length / 2)) };
}
/** The same with the first digit of every id changed. */
function otherReply(right) {
    if (typeof right?.body !== 'string')
        return right;
    const id = /\b[0-9a-f](?=[0-9a-f]{7}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)/g;
    return { ...right, body: right.body.replace(id, (first) => (first === '0' ? '1' : '0')) };
}
/** What a fault makes of the right answer, if it still is an answer that ends. */
function spoil(answer, right) {
    switch (answer.kind) {
        case 'status':
            return statusReply(answer);
        case 'page':
            return webApp();
        case 'garbage':
            return { status: 200, type: JSON_TYPE, headers: {}, body: '<<<this is no JSON>>>' };
        case 'wrong':
            return json(200, { unexpected: ['shape', 1] });
        case 'unsuccessful':
            return json(200, { success: false, message: LONG_REFUSAL });
        case 'redirect':
            return { status: 307, type: JSON_TYPE, headers: { location: answer.to }, body: '' };
        case 'cut':
            return cutReply(right);
        case 'other':
            return otherReply(right);
        case 'slow':
            return right;
        default:
            // There is no answer, or none that ends.
            return undefined;
    }
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: ./simulator/listen.ts

/**
 * Listens for requests.
 *
 * @throws Error of `node:net` if it cannot, such as EADDRINUSE
 */
async function listen({ host = '127.0.0.1', port = 0 }, handle) {
    const server = (0,external_node_http_namespaceObject.createServer)((request, response) => {
        // A request whose sender went away has nobody left to tell.
        handle(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
    });
    const address = server.address();
    const name = host.includes(':') ? `[${host}]` : host;
    return {
        url: `http://${name}:${isTcp(address) ? address.port : port}`,
        close: async () => {
            await new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            });
        },
    };
}
function isTcp(address) {
    return typeof address === 'object' && address !== null;
}
/** The body of a request as text. */
async function readBody(request) {
    const chunks = [];
    for await (const chunk of request)
        if (Buffer.isBuffer(chunk))
            chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
}
/** Headers with one text each. */
function flatten(headers) {
    const flat = {};
    for (const [name, value] of Object.entries(headers))
        flat[name] = [value ?? ''].flat().join(', ');
    return flat;
}

;// CONCATENATED MODULE: ./simulator/person-page.ts

const person_page_PATH = /^\/conversations\/([^/]+)$/;
function lines(conversation) {
    const { situation, order, scenario, events } = conversation;
    return [
        `agent: ${situation.agent}`,
        `sandbox: ${situation.box}`,
        `start: ${situation.start}`,
        `scenario: ${scenario}`,
        `repository: ${order.repository ?? 'none'}`,
        `cost: $${situation.cost.toFixed(2)}`,
        `events: ${events.length}`,
        `message: ${order.message}`,
    ];
}
/** The page where people would see a conversation; `undefined` if the path is none of one. */
function answerPerson(path, store) {
    const id = person_page_PATH.exec(path)?.[1];
    const conversation = id === undefined ? undefined : store.byId(id);
    if (conversation === undefined)
        return undefined;
    const title = escapeHtml(conversation.situation.title ?? 'Conversation');
    const items = lines(conversation).map((line) => `<li>${escapeHtml(line)}</li>`);
    return page(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>` +
        `<body><h1>${title}</h1><ul>${items.join('')}</ul></body></html>\n`);
}

;// CONCATENATED MODULE: ./simulator/event-lots.ts
/**
 * A sandbox sends its events in lots: when so many wait, else so long after the first of them.
 * Source: `WebhookSpec` in OpenHands/software-agent-sdk (event_buffer_size, flush_delay).
 */
const FULL = 5;
const LONGEST_WAIT_MS = 30_000;
/** The events of a conversation on their way from its sandbox to the server. */
class EventLots {
    #arrived = [];
    #waiting = [];
    /** Those that the server has. */
    get arrived() {
        return this.#arrived;
    }
    /** Puts an event on its way; those that arrive by that. */
    add(event) {
        this.#waiting.push(event);
        return this.#waiting.length < FULL ? [] : this.sendAll();
    }
    /** Those that arrive because the first of them has waited for long enough at `now`, in milliseconds. */
    sendDue(now) {
        const [first] = this.#waiting;
        return first === undefined || now - first.at < LONGEST_WAIT_MS ? [] : this.sendAll();
    }
    /** Sends all that wait; those that arrive by that. */
    sendAll() {
        const sent = this.#waiting;
        this.#waiting = [];
        this.#arrived.push(...sent);
        return sent;
    }
}

;// CONCATENATED MODULE: ./simulator/facts.ts

const facts_PULL_REQUEST = 12;
function pullRequestLink({ repository, provider }, number) {
    const name = repository ?? 'octo-org/octo-repo';
    if (provider === 'gitlab')
        return `https://gitlab.com/${name}/-/merge_requests/${number}`;
    if (provider === 'bitbucket')
        return `https://bitbucket.org/${name}/pull-requests/${number}`;
    return `https://github.com/${name}/pull/${number}`;
}
/** What the texts of a conversation can name. */
function factsOf(order, names) {
    return {
        repository: order.repository ?? 'no repository',
        id: names.id,
        pullRequest: pullRequestLink(order, facts_PULL_REQUEST),
        apiKey: order.apiKey,
        sessionKey: names.sessionKey,
    };
}
/** A happening with its texts filled in. */
function told(happening, facts) {
    const fill = (text) => fillIn(text, facts);
    switch (happening.kind) {
        case 'user-message':
        case 'cost':
            return happening;
        case 'agent-message':
        case 'finish':
            return { ...happening, text: fill(happening.text) };
        case 'command':
            return { ...happening, summary: fill(happening.summary), command: fill(happening.command) };
        case 'command-result':
            return { ...happening, command: fill(happening.command), text: fill(happening.text) };
        case 'edit':
            return { ...happening, summary: fill(happening.summary), text: fill(happening.text) };
        case 'error':
            return { ...happening, code: fill(happening.code), detail: fill(happening.detail) };
        case 'agent-state':
            return happening.reason === undefined ? happening : { ...happening, reason: fill(happening.reason) };
    }
}

;// CONCATENATED MODULE: ./simulator/conversation.ts




const NOTHING_YET = {
    start: 'accepted',
    detail: null,
    presence: 'hidden',
    box: 'starting',
    agent: 'idle',
    reason: null,
    title: null,
    cost: 0,
    pullRequests: [],
};
const FIRST_STATE = { kind: 'agent-state', agent: NOTHING_YET.agent };
const RESUME_SECONDS = 3;
const INTERRUPTED = 'The agent was interrupted when its sandbox was paused.';
/** Only a sandbox in one of these states sends events. */
const SENDING = ['running', 'unheard-of'];
/** V0 answers a start with a conversation that is there at once, or never. */
function visibleAtOnce(start) {
    const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
    return start.map((change) => ({ ...change, presence }));
}
/** The box and the agent after a change: a hold pauses one of them. */
function held(before, change) {
    return {
        box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
        agent: change.hold === 'agent' ? 'paused' : (change.agent ?? before.agent),
    };
}
/** The situation after a change, without its texts filled in. */
function changed(before, change) {
    return {
        ...held(before, change),
        start: change.start ?? before.start,
        detail: change.detail ?? before.detail,
        presence: change.presence ?? before.presence,
        reason: change.agent === undefined ? before.reason : (change.reason ?? null),
        title: change.title ?? before.title,
        cost: change.cost ?? before.cost,
        pullRequests: change.pullRequest === undefined ? before.pullRequests : [change.pullRequest],
    };
}
/**
 * One conversation. Nothing in it runs by itself: `advance` brings it to a moment, so that any time may pass
 * between two requests. Every method takes the moment in simulated milliseconds since the epoch.
 */
class Conversation {
    order;
    names;
    #ids;
    #manners;
    #events = [];
    #lots = new EventLots();
    #scenario;
    #situation;
    #due = [];
    #held = [];
    #updatedAt;
    #knownCost = 0;
    constructor(order, names, ids, manners) {
        this.order = order;
        this.names = names;
        this.#ids = ids;
        this.#manners = manners;
        this.#scenario = order.scenario;
        // A title of the server's own, until the model has made one.
        this.#situation = { ...NOTHING_YET, title: order.title ?? `Conversation ${names.id.slice(0, 5)}` };
        this.#updatedAt = order.at;
        const story = scenarioOf(order.scenario);
        this.#plan(order.at, order.version === 'v0' ? visibleAtOnce(story.start) : story.start);
        const worksAt = order.at + startSeconds(story) * 1000;
        // V1 keeps no events before there is an agent.
        this.#plan(order.version === 'v0' ? order.at : worksAt, [{ at: 0, happening: FIRST_STATE }]);
        if (story.work.length > 0)
            this.#begin(worksAt, order.message, order.scenario);
        this.advance(order.at);
    }
    get situation() {
        return this.#situation;
    }
    /** All events, as the agent in the sandbox knows them. */
    get events() {
        return this.#events;
    }
    /** Those of them that the server has. */
    get knownEvents() {
        return this.#lots.arrived;
    }
    /** The cost that the server knows, in US dollars. */
    get knownCost() {
        return this.#knownCost;
    }
    get scenario() {
        return this.#scenario;
    }
    get updatedAt() {
        return this.#updatedAt;
    }
    /** Lets everything happen that was due by `now`. */
    advance(now) {
        for (let next = this.#due[0]; next !== undefined && next.at <= now; next = this.#due[0]) {
            this.#due.shift();
            this.#sendDue(next.at);
            this.#apply(next.change, next.at);
        }
        this.#sendDue(now);
    }
    /** Pauses the sandbox (V1) or stops the runtime (V0). */
    pauseBox(now) {
        this.#apply({ at: 0, hold: 'box' }, now);
    }
    /** Stops a V0 conversation: its agent is told so, which a paused sandbox does not do. */
    stop(now) {
        const running = this.#situation.agent === 'working';
        this.#hold(now);
        this.#apply({ at: 0, box: 'stopped', ...(running ? { agent: 'stopped' } : {}) }, now);
    }
    /** Resumes the sandbox. What becomes of an agent that was at work, the server's manners say. */
    resumeBox(now) {
        if (this.#situation.box === 'running' || this.#situation.box === 'starting')
            return;
        if (this.#manners.resumedAgent === 'goes-on') {
            this.#plan(now, [{ at: 0, box: 'running' }]);
            this.#goOn(now);
        }
        else {
            const interrupted = this.#situation.agent === 'working';
            const back = interrupted
                ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
                : { at: RESUME_SECONDS, box: 'running' };
            this.#plan(now, [{ at: 0, box: 'starting' }, back]);
        }
        this.advance(now);
    }
    /** Starts a stopped V0 conversation again: its agent waits for a message. */
    startAgain(now) {
        if (this.#situation.box === 'running' || this.#situation.box === 'starting')
            return;
        this.#plan(now, [
            { at: 0, box: 'starting', agent: 'idle' },
            { at: RESUME_SECONDS, box: 'running', agent: 'asks-input' },
        ]);
        this.advance(now);
    }
    /** Lets the start fail, `seconds` from now. What would come later does not come. */
    failStart(now, seconds, detail) {
        const failsAt = now + seconds * 1000;
        this.#due = this.#due.filter(({ at }) => at < failsAt);
        this.#plan(failsAt, [{ at: 0, start: 'failed', detail }]);
        this.advance(now);
    }
    /** Takes the sandbox away from under the conversation: an empty one has its place. */
    loseBox(now) {
        this.#hold(now);
        this.#apply({ at: 0, box: 'emptied' }, now);
    }
    /** Lets the conversation live elsewhere: the server no longer shows this one, and its sandbox runs on for nobody. */
    moveOut(now) {
        this.#hold(now);
        this.#apply({ at: 0, presence: 'hidden' }, now);
    }
    /** Stops the agent alone; its sandbox goes on. */
    interrupt(now) {
        this.#apply({ at: 0, hold: 'agent' }, now);
    }
    /** Resumes the agent if it was held. False: it is at work already. */
    run(now) {
        if (this.#situation.agent === 'working')
            return false;
        this.#apply({ at: 0, agent: 'working' }, now);
        if (this.#held.length === 0)
            this.#plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
        else
            this.#goOn(now);
        return true;
    }
    /**
     * Another message. With `scenario` the agent drops what it did and takes it up, or, if that has no work, is
     * not told; without, it is only stored.
     */
    receive(now, message, scenario) {
        if (scenario === undefined) {
            this.#apply({ at: 0, happening: { kind: 'user-message', text: message } }, now);
            return;
        }
        if (scenarioOf(scenario).work.length === 0)
            return;
        this.#due = [];
        this.#held = [];
        this.#scenario = scenario;
        this.#begin(now, message, scenario);
        this.advance(now);
    }
    #begin(at, message, scenario) {
        this.#plan(at, [
            { at: 0, happening: { kind: 'user-message', text: message } },
            ...scenarioOf(scenario).work,
        ]);
    }
    #plan(from, changes) {
        this.#schedule(changes.map((change) => ({ at: from + change.at * 1000, change })));
    }
    #schedule(due) {
        // A stable sort: what is told for the same moment happens in the order in which it is told.
        this.#due = [...this.#due, ...due].sort((left, right) => left.at - right.at);
    }
    #hold(now) {
        this.#held = [...this.#held, ...this.#due.map((due) => ({ ...due, at: due.at - now }))];
        this.#due = [];
    }
    /** What was held happens after all, so much later as it was held. */
    #goOn(now) {
        this.#schedule(this.#held.map((due) => ({ ...due, at: due.at + now })));
        this.#held = [];
    }
    #apply(change, at) {
        if (change.hold !== undefined)
            this.#hold(at);
        if (change.happening !== undefined)
            this.#store(change.happening, at);
        const before = this.#situation;
        const after = changed(before, change);
        const facts = factsOf(this.order, this.names);
        const fill = (text) => (text === null ? null : fillIn(text, facts));
        this.#situation = {
            ...after,
            title: fill(after.title),
            detail: fill(after.detail),
            reason: fill(after.reason),
            pullRequests: this.order.repository === null ? [] : after.pullRequests,
        };
        if (after.cost !== before.cost)
            this.#store({ kind: 'cost', dollars: after.cost }, at);
        if (after.agent !== before.agent) {
            const reason = change.reason === undefined ? {} : { reason: change.reason };
            this.#store({ kind: 'agent-state', agent: after.agent, ...reason }, at);
        }
        if (change.sendsAll === true)
            this.#arrive(this.#lots.sendAll());
        // Whoever stores a title stores the rest as it was once, too.
        if (after.title !== before.title)
            this.#knownCost = 0;
        if (this.#manners.hasStatistics || change.start !== undefined || change.title !== undefined) {
            this.#updatedAt = at;
        }
    }
    #store(happening, at) {
        // V0 tells costs in another way, which nobody reads.
        if (happening.kind === 'cost' && this.order.version === 'v0')
            return;
        const event = {
            id: this.#ids.uuid(),
            serial: this.#events.length,
            at,
            happening: told(happening, factsOf(this.order, this.names)),
        };
        this.#events.push(event);
        const arrived = this.#lots.add(event);
        this.#arrive(this.#manners.lateEvents ? arrived : [...arrived, ...this.#lots.sendAll()]);
    }
    #sendDue(now) {
        if (SENDING.includes(this.#situation.box))
            this.#arrive(this.#lots.sendDue(now));
    }
    #arrive(events) {
        if (!this.#manners.hasStatistics)
            return;
        for (const { happening } of events)
            if (happening.kind === 'cost')
                this.#knownCost = happening.dollars;
    }
}

;// CONCATENATED MODULE: ./simulator/vocabulary.ts
/** V1's `AppConversationStartTaskStatus` for each phase of a start. */
const V1_START = {
    accepted: 'WORKING',
    'waiting-for-sandbox': 'WAITING_FOR_SANDBOX',
    'preparing-repository': 'PREPARING_REPOSITORY',
    'running-setup-script': 'RUNNING_SETUP_SCRIPT',
    'starting-conversation': 'STARTING_CONVERSATION',
    ready: 'READY',
    failed: 'ERROR',
};
/** V1's `sandbox_status` for each state of the machine. V1 has no word for archived: such a sandbox is missing. */
const V1_SANDBOX = {
    unregistered: 'STARTING',
    starting: 'STARTING',
    running: 'RUNNING',
    emptied: 'RUNNING',
    paused: 'PAUSED',
    stopped: 'PAUSED',
    failed: 'ERROR',
    missing: 'MISSING',
    archived: 'MISSING',
    'unheard-of': 'RUNNING',
};
/** V0's `status`. It says STOPPED of a runtime that it does not know yet, and ERROR and ARCHIVED undocumented. */
const V0_STATUS = {
    unregistered: 'STOPPED',
    starting: 'STARTING',
    running: 'RUNNING',
    emptied: 'RUNNING',
    paused: 'STOPPED',
    stopped: 'STOPPED',
    failed: 'ERROR',
    missing: 'ARCHIVED',
    archived: 'ARCHIVED',
    'unheard-of': 'HIBERNATING',
};
/** V0's `runtime_status`. */
const V0_RUNTIME = {
    unregistered: null,
    starting: 'STATUS$STARTING_RUNTIME',
    running: 'STATUS$READY',
    emptied: 'STATUS$READY',
    paused: 'STATUS$STOPPED',
    stopped: 'STATUS$STOPPED',
    failed: 'STATUS$ERROR',
    missing: null,
    archived: null,
    'unheard-of': null,
};
/** V1's `execution_status` for what the agent does. Only V0 tells several of these apart. */
const V1_EXECUTION = {
    idle: 'idle',
    working: 'running',
    finished: 'finished',
    answered: 'finished',
    paused: 'paused',
    'asks-input': 'waiting_for_confirmation',
    'asks-confirmation': 'waiting_for_confirmation',
    failed: 'error',
    stuck: 'stuck',
    rejected: 'error',
    'rate-limited': 'error',
    deleting: 'deleting',
    stopped: 'paused',
    'unheard-of': 'daydreaming',
};
/** V1's `execution_status`: the server asks the agent in the sandbox; if there is none to ask, it knows nothing. */
function executionOf({ box, agent }) {
    return V1_SANDBOX[box] === 'RUNNING' && box !== 'emptied' ? V1_EXECUTION[agent] : null;
}
/** V0's `agent_state`. It reports a stuck agent as one in error, with the reason beside it. */
const V0_AGENT = {
    idle: 'loading',
    working: 'running',
    finished: 'finished',
    answered: 'awaiting_user_input',
    paused: 'paused',
    'asks-input': 'awaiting_user_input',
    'asks-confirmation': 'awaiting_user_confirmation',
    failed: 'error',
    stuck: 'error',
    rejected: 'rejected',
    'rate-limited': 'rate_limited',
    deleting: 'stopped',
    stopped: 'stopped',
    'unheard-of': 'daydreaming',
};

;// CONCATENATED MODULE: ./simulator/store.ts




/** When and how the losing one of two starts of the same id ends. Seen with openhands-ai 1.11.0, RUNTIME=process. */
const FIRST_FAILS_SECONDS = 1;
const NO_SANDBOX = '500: Sandbox entered error state: {{id}}';
const SECOND_FAILS_SECONDS = 6;
const NO_CONVERSATION = "Server error '500 Internal Server Error' for url 'http://localhost:8000/api/conversations'";
function stateOf({ order, situation }) {
    const shown = situation.presence === 'shown';
    if (order.version === 'v0') {
        return { version: 'v0', status: V0_STATUS[situation.box], agentState: V0_AGENT[situation.agent], shown };
    }
    const sandbox = V1_SANDBOX[situation.box];
    return {
        version: 'v1',
        start: V1_START[situation.start],
        sandbox,
        execution: executionOf(situation),
        shown,
    };
}
function viewOf(conversation) {
    const { order, names, scenario } = conversation;
    const { version, message, repository, branch, provider, model } = order;
    return {
        ...names,
        version,
        message,
        repository,
        branch,
        provider,
        model,
        scenario,
        state: stateOf(conversation),
    };
}
/** Whether a conversation is in its sandbox, or is about to be. */
function isInside({ situation }) {
    return (situation.presence === 'shown' && situation.box !== 'emptied') || isStarting(situation.start);
}
function isStarting(phase) {
    return phase !== 'ready' && phase !== 'failed';
}
function sandboxesOf(conversations) {
    return [...new Set(conversations.map(({ names }) => names.sandboxId))].map((id) => {
        const users = conversations.filter(({ names }) => names.sandboxId === id);
        return {
            id,
            status: V1_SANDBOX[users.at(-1)?.situation.box ?? 'missing'],
            conversations: users.filter(isInside).map(({ names }) => names.id),
        };
    });
}
/**
 * A second start of the same id by a server of one's own: both sandboxes have the same id, so the second takes the place
 * of the first.
 */
function displace(first, second, now) {
    if (isStarting(first.situation.start))
        first.failStart(now, FIRST_FAILS_SECONDS, NO_SANDBOX);
    if (first.situation.start !== 'ready')
        return;
    first.loseBox(now);
    second.failStart(now, SECOND_FAILS_SECONDS, NO_CONVERSATION);
}
/** A second start of the same id by the Cloud: the conversation moves into the newer sandbox once that has it. */
function moveOn(conversations, now) {
    const taken = new Set();
    for (const conversation of conversations.toReversed()) {
        if (conversation.situation.presence === 'hidden')
            continue;
        if (taken.has(conversation.names.id))
            conversation.moveOut(now);
        taken.add(conversation.names.id);
    }
}
/** An empty store. */
function createStore(clock, ids, options) {
    const conversations = [];
    const sharedSandbox = options.sharedSandbox === true ? ids.uuid() : undefined;
    const isOwn = options.kind === 'self-hosted';
    const manners = {
        lateEvents: options.lateEvents ?? true,
        hasStatistics: !isOwn,
        resumedAgent: isOwn ? 'goes-on' : 'interrupted',
    };
    const all = () => {
        for (const conversation of conversations)
            conversation.advance(clock.now());
        moveOn(conversations, clock.now());
        return conversations;
    };
    const byId = (id) => {
        const same = all().filter(({ names }) => canonicalId(names.id) === canonicalId(id));
        return same.findLast(({ situation }) => situation.presence === 'shown') ?? same.at(-1);
    };
    return {
        clock,
        ids,
        all,
        byId,
        byTask: (taskId) => all().find(({ names }) => names.taskId === canonicalId(taskId)),
        inSandbox: (sandboxId) => all().filter(({ names }) => names.sandboxId === sandboxId),
        add: (order, wished) => {
            const id = canonicalId(wished ?? ids.uuid());
            const names = {
                id,
                taskId: ids.uuid(),
                sandboxId: sharedSandbox ?? (isOwn ? id : ids.uuid()),
                sessionKey: ids.secret('session'),
            };
            const before = byId(id);
            const conversation = new Conversation(order, names, ids, manners);
            if (before !== undefined && isOwn && options.duplicatesReady !== true)
                displace(before, conversation, order.at);
            conversations.push(conversation);
            return conversation;
        },
        scenarioFor: (message) => orderedScenario(message) ?? options.scenario ?? DEFAULT_SCENARIO,
        views: () => all().map(viewOf),
        sandboxes: () => sandboxesOf(all().filter(({ order }) => order.version === 'v1')),
    };
}

;// CONCATENATED MODULE: ./simulator/v0-render.ts


/** A conversation, `ConversationInfo` in the description; null if the server does not know it. */
function renderInfo(conversation, origin) {
    const { names, order, situation, updatedAt } = conversation;
    if (situation.presence === 'hidden')
        return null;
    return {
        conversation_id: names.id,
        title: situation.title ?? `Conversation ${names.id.slice(0, 5)}`,
        last_updated_at: zonedTime(updatedAt),
        status: V0_STATUS[situation.box],
        runtime_status: V0_RUNTIME[situation.box],
        selected_repository: order.repository,
        selected_branch: order.branch,
        git_provider: order.provider,
        trigger: 'openhands_api',
        num_connections: 0,
        url: situation.box === 'running'
            ? `${origin}/agent-server/${names.sandboxId}/api/conversations/${names.id}`
            : null,
        session_api_key: names.sessionKey,
        created_at: zonedTime(order.at),
        pr_number: situation.pullRequests,
    };
}
function v0_render_told({ happening }) {
    switch (happening.kind) {
        case 'user-message':
            return {
                source: 'user',
                message: happening.text,
                action: 'message',
                args: { content: happening.text },
            };
        case 'agent-message':
            return {
                source: 'agent',
                message: happening.text,
                action: 'message',
                args: { content: happening.text, wait_for_response: true },
            };
        case 'command':
            return {
                source: 'agent',
                message: `Running command: ${happening.command}`,
                action: 'run',
                args: { command: happening.command, thought: happening.summary, is_input: false },
            };
        case 'command-result':
            return {
                source: 'agent',
                message: `Command \`${happening.command}\` executed with exit code 0.`,
                observation: 'run',
                content: happening.text,
                extras: { command: happening.command, metadata: { exit_code: 0 } },
            };
        case 'edit':
            return {
                source: 'agent',
                message: `Editing ${happening.path}`,
                action: 'edit',
                args: {
                    path: happening.path,
                    command: 'create',
                    file_text: happening.text,
                    thought: happening.summary,
                },
            };
        case 'finish':
            return {
                source: 'agent',
                message: 'All done! What is next on the agenda?',
                action: 'finish',
                args: { final_thought: happening.text, outputs: {}, thought: '' },
            };
        case 'error':
            return {
                source: 'environment',
                message: happening.detail,
                observation: 'error',
                content: happening.detail,
                extras: { error_id: happening.code },
            };
        case 'agent-state':
            return {
                source: 'environment',
                message: '',
                observation: 'agent_state_changed',
                content: '',
                extras: { agent_state: V0_AGENT[happening.agent], reason: happening.reason ?? '' },
            };
        case 'cost':
            // No conversation of V0 has one; this is how V0 says nothing.
            return { source: 'environment', message: '', observation: 'null', content: '', extras: {} };
    }
}
/** An event as V0 stores it. */
function renderV0Event(event) {
    return { id: event.serial, timestamp: naiveTime(event.at), ...v0_render_told(event) };
}

;// CONCATENATED MODULE: ./simulator/v1-render.ts



/** The path under which the simulated agent server of a conversation answers. */
function agentServerPath(conversation) {
    return `/agent-server/${conversation.names.sandboxId}/api/conversations/${conversation.names.id}`;
}
/** A start task, `AppConversationStartTask` in the description. */
function renderStartTask(conversation, origin) {
    const { names, order, situation, updatedAt } = conversation;
    const ready = situation.start === 'ready';
    return {
        id: names.taskId,
        created_by_user_id: order.accountId,
        status: V1_START[situation.start],
        detail: situation.detail,
        app_conversation_id: ready ? names.id : null,
        sandbox_id: situation.start === 'accepted' ? null : names.sandboxId,
        agent_server_url: ready ? `${origin}/agent-server/${names.sandboxId}` : null,
        request: order.request,
        created_at: zonedTime(order.at),
        updated_at: zonedTime(updatedAt),
    };
}
function metrics(cost) {
    const prompts = Math.round(cost * 100_000);
    return {
        model_name: 'simulated',
        accumulated_cost: cost,
        max_budget_per_task: null,
        accumulated_token_usage: {
            model: 'simulated',
            prompt_tokens: prompts,
            completion_tokens: Math.round(prompts / 12),
            cache_read_tokens: Math.round(prompts / 2),
            cache_write_tokens: Math.round(prompts / 8),
            reasoning_tokens: 0,
            context_window: 200_000,
            per_turn_token: Math.round(prompts / 4),
            response_id: '',
        },
    };
}
/** A conversation, `AppConversation` in the description; null if the server does not know it. */
function renderConversation(conversation, origin) {
    const { names, situation } = conversation;
    if (situation.presence === 'hidden')
        return null;
    const sandbox = V1_SANDBOX[situation.box];
    return {
        ...v1_render_renderInfo(conversation),
        sandbox_status: sandbox,
        execution_status: executionOf(situation),
        // Only a sandbox that runs has an address and a key.
        conversation_url: sandbox === 'RUNNING' ? `${origin}${agentServerPath(conversation)}` : null,
        session_api_key: sandbox === 'RUNNING' ? names.sessionKey : null,
        acp_server: null,
        launched_agent_profile: null,
    };
}
/** What the server keeps of a conversation, `AppConversationInfo`. */
function v1_render_renderInfo({ names, order, situation, knownCost, updatedAt }) {
    return {
        id: names.id,
        created_by_user_id: order.accountId,
        sandbox_id: names.sandboxId,
        selected_repository: order.repository,
        selected_branch: order.branch,
        git_provider: order.provider,
        title: situation.title,
        trigger: order.trigger,
        pr_number: situation.pullRequests,
        llm_model: order.model,
        agent_kind: 'openhands',
        metrics: metrics(knownCost),
        parent_conversation_id: null,
        sub_conversation_ids: [],
        public: null,
        tags: {},
        created_at: zonedTime(order.at),
        updated_at: zonedTime(updatedAt),
    };
}
function toolCall(event, tool, summary, action) {
    const { kind, ...rest } = action;
    const thought = kind === 'FinishAction' ? [] : [{ cache_prompt: false, type: 'text', text: summary }];
    return {
        kind: 'ActionEvent',
        source: 'agent',
        thought,
        reasoning_content: null,
        thinking_blocks: [],
        action,
        tool_name: tool,
        tool_call_id: `call-${event.id}`,
        tool_call: { id: `call-${event.id}`, name: tool, arguments: JSON.stringify(rest), origin: 'completion' },
        llm_response_id: `response-${event.id}`,
        security_risk: 'LOW',
        summary,
    };
}
function message(source, text) {
    return {
        kind: 'MessageEvent',
        source,
        llm_message: {
            role: source === 'user' ? 'user' : 'assistant',
            content: [{ cache_prompt: false, type: 'text', text }],
        },
        activated_skills: [],
        extended_content: [],
    };
}
function terminalResult(event, command, text) {
    return {
        kind: 'ObservationEvent',
        source: 'environment',
        tool_name: 'terminal',
        tool_call_id: `call-${event.id}`,
        action_id: event.id,
        observation: {
            kind: 'TerminalObservation',
            command,
            exit_code: 0,
            timeout: false,
            is_error: false,
            content: [{ cache_prompt: false, type: 'text', text }],
        },
    };
}
function v1_render_told(event) {
    const { happening } = event;
    switch (happening.kind) {
        case 'user-message':
            return message('user', happening.text);
        case 'agent-message':
            return message('agent', happening.text);
        case 'command':
            return toolCall(event, 'terminal', happening.summary, {
                kind: 'TerminalAction',
                command: happening.command,
                is_input: false,
                reset: false,
            });
        case 'edit':
            return toolCall(event, 'file_editor', happening.summary, {
                kind: 'FileEditorAction',
                command: 'create',
                path: happening.path,
                file_text: happening.text,
            });
        case 'finish':
            return toolCall(event, 'finish', 'Finish the task', { kind: 'FinishAction', message: happening.text });
        case 'command-result':
            return terminalResult(event, happening.command, happening.text);
        case 'error':
            return {
                kind: 'ConversationErrorEvent',
                source: 'environment',
                code: happening.code,
                detail: happening.detail,
                // Older servers have no such member.
                ...(happening.classified !== undefined && {
                    classification: { kind: happening.classified, retryable: false, user_action: 'settings' },
                }),
            };
        case 'agent-state':
            return stateUpdate(event, V1_EXECUTION[happening.agent]);
        case 'cost':
            return {
                kind: 'ConversationStateUpdateEvent',
                source: 'environment',
                key: 'stats',
                value: { usage_to_metrics: { agent: metrics(happening.dollars) } },
            };
    }
}
/** The first state of a conversation comes whole, the later ones as the one field that changed. */
function stateUpdate(event, status) {
    const fields = event.serial === 0
        ? {
            key: 'full_state',
            value: { execution_status: status, confirmation_policy: { kind: 'NeverConfirm' } },
        }
        : { key: 'execution_status', value: status };
    return { kind: 'ConversationStateUpdateEvent', source: 'environment', ...fields };
}
/** An event as V1 stores it. */
function renderEvent(event) {
    return { id: dashed(event.id), timestamp: naiveTime(event.at), ...v1_render_told(event) };
}

;// CONCATENATED MODULE: external "node:zlib"
const external_node_zlib_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");
var external_node_zlib_default = /*#__PURE__*/__nccwpck_require__.n(external_node_zlib_namespaceObject);
;// CONCATENATED MODULE: ./simulator/zip.ts
// Not by name: Node.js before 20.15 has no crc32, and would not load this file for it.

/**
 * Signatures and sizes of a zip file's records. Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 */
const LOCAL = { signature: 0x04034b50, size: 30 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const END = { signature: 0x06054b50, size: 22 };
const VERSION = 20;
/** The flag that says that names are UTF-8. */
const UTF8 = 0x0800;
/** 1 January 1980, the first day that an archive can name: nobody asks when the files of this one were made. */
const FIRST_DAY = 0x0021;
/** An archive in which every file is stored as it is. Good for less than 65,536 files and 4 GiB. */
function zipOf(entries) {
    const files = [];
    const directory = [];
    let offset = 0;
    for (const { name, text } of entries) {
        const path = Buffer.from(name);
        const content = Buffer.from(text);
        const about = description(path, content);
        const file = Buffer.concat([startOf(LOCAL, 4), about, path, content]);
        directory.push(centralRecord(about, path, offset));
        files.push(file);
        offset += file.length;
    }
    const central = Buffer.concat(directory);
    return Buffer.concat([...files, central, endRecord(entries.length, central.length, offset)]);
}
function startOf({ signature }, size) {
    const record = Buffer.alloc(size);
    record.writeUInt32LE(signature, 0);
    return record;
}
/** What both records of a file have in common, from the version that can read it to the lengths of name and extras. */
function description(path, content) {
    const about = Buffer.alloc(LOCAL.size - 4);
    about.writeUInt16LE(VERSION, 0);
    about.writeUInt16LE(UTF8, 2);
    // Method 0: stored.
    about.writeUInt16LE(0, 4);
    about.writeUInt16LE(0, 6);
    about.writeUInt16LE(FIRST_DAY, 8);
    about.writeUInt32LE(external_node_zlib_default().crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(path.length, 22);
    return about;
}
function centralRecord(about, path, offset) {
    const record = startOf(CENTRAL, CENTRAL.size);
    record.writeUInt16LE(VERSION, 4);
    about.copy(record, 6);
    record.writeUInt32LE(offset, 42);
    return Buffer.concat([record, path]);
}
function endRecord(count, size, offset) {
    const record = startOf(END, END.size);
    record.writeUInt16LE(count, 8);
    record.writeUInt16LE(count, 10);
    record.writeUInt32LE(size, 12);
    record.writeUInt32LE(offset, 16);
    return record;
}

;// CONCATENATED MODULE: ./simulator/download.ts




/**
 * The trajectory of V1: a zip file with what the server has of the conversation and of its events, one file each. Its
 * length is not told beforehand. Source: `_stream_conversation_zip` in OpenHands/OpenHands; seen with 1.11.0.
 */
function download(id, conversation) {
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, `Conversation not found: ${id}`);
    return {
        status: 200,
        type: 'application/zip',
        headers: {
            'content-disposition': `attachment; filename="conversation_${dashed(conversation.names.id)}.zip"`,
            'transfer-encoding': 'chunked',
        },
        body: zipOf(filesOf(conversation)),
    };
}
function filesOf(conversation) {
    return [
        { name: 'meta.json', text: written(v1_render_renderInfo(conversation)) },
        ...conversation.knownEvents.map((event, index) => ({
            name: `event_${String(index).padStart(6, '0')}_${dashed(event.id)}.json`,
            text: written(renderEvent(event)),
        })),
    ];
}
function written(value) {
    return JSON.stringify(value, null, 2);
}

;// CONCATENATED MODULE: ./simulator/paging.ts

/** The `limit` of a query. Out of its range it is a problem, as FastAPI would tell. */
function limitOf(query, normal, most) {
    const raw = query.get('limit');
    if (raw === null)
        return normal;
    const value = /^-?\d+$/.test(raw) ? Number(raw) : raw;
    const wrong = integer(value, ['query', 'limit']);
    if (typeof value === 'string' || wrong.length > 0)
        return wrong;
    if (value < 1)
        return [{ loc: ['query', 'limit'], msg: 'Input should be greater than 0', type: 'greater_than' }];
    if (value > most) {
        return [
            {
                loc: ['query', 'limit'],
                msg: `Input should be less than or equal to ${most}`,
                type: 'less_than_equal',
            },
        ];
    }
    return value;
}
/** The page that `page_id` names: for this server, the place in the list where it begins. */
function pageOf(items, query, limit) {
    const from = Math.max(0, Number.parseInt(query.get('page_id') ?? '0', 10) || 0);
    const end = from + limit;
    return { items: items.slice(from, end), next: end < items.length ? String(end) : null };
}

;// CONCATENATED MODULE: ./simulator/v1.ts









/** The account that every conversation belongs to. */
const ACCOUNT_ID = 'c0ffee00-0000-4000-8000-000000000001';
const PROVIDERS = [
    'github',
    'gitlab',
    'bitbucket',
    'bitbucket_data_center',
    'forgejo',
    'azure_devops',
    'enterprise_sso',
];
const CONTENT = listOf(object({ type: optional(oneOf(['text', 'image'])), text: optional(body_checks_text) }));
const ROLES = oneOf(['user', 'system', 'assistant', 'tool']);
const START_BODY = object({
    initial_message: optional(object({ role: optional(ROLES), content: optional(CONTENT), run: optional(flag) })),
    conversation_id: optional(uuid),
    selected_repository: optional(body_checks_text),
    selected_branch: optional(body_checks_text),
    git_provider: optional(oneOf(PROVIDERS)),
    llm_model: optional(body_checks_text),
    title: optional(body_checks_text),
    pr_number: optional(listOf(integer)),
    sandbox_id: optional(body_checks_text),
    trigger: optional(body_checks_text),
});
const MESSAGE_PART = object({ type: optional(oneOf(['text', 'image'])), text: optional(body_checks_text) });
const MESSAGE_BODY = object({
    role: optional(oneOf(['user'])),
    content: listOf(MESSAGE_PART, 1),
    run: optional(flag),
});
function checked(body, check) {
    const problems = check(body, ['body']);
    return problems.length > 0 ? invalid(problems) : undefined;
}
/** A repository called `no-access` is one that the account may not read. */
function isForbidden(repository) {
    return repository?.endsWith('/no-access') ?? false;
}
function orderOf(call, store, options) {
    const body = isJsonObject(call.body) ? call.body : {};
    const first = contentText(body['initial_message']);
    const request = Object.fromEntries(Object.entries(body).filter(([name]) => options.honourConversationId || name !== 'conversation_id'));
    const repository = textOf(body, 'selected_repository');
    return {
        version: 'v1',
        message: first,
        repository,
        branch: textOf(body, 'selected_branch'),
        provider: textOf(body, 'git_provider'),
        model: textOf(body, 'llm_model'),
        title: textOf(body, 'title'),
        trigger: textOf(body, 'trigger'),
        scenario: isForbidden(repository) ? 'no-access' : store.scenarioFor(first),
        request,
        apiKey: call.key || call.sessionKey,
        accountId: accountOf(options),
        at: store.clock.now(),
    };
}
function accountOf({ hasAccounts }) {
    return hasAccounts ? ACCOUNT_ID : null;
}
function isJsonObject(value) {
    return isRecord(value);
}
function start(call, store, options) {
    const wrong = checked(call.body, START_BODY);
    if (wrong !== undefined)
        return wrong;
    const id = options.honourConversationId ? textOf(call.body, 'conversation_id') : null;
    const conversation = store.add(orderOf(call, store, options), id ?? undefined);
    return json(200, renderStartTask(conversation, call.origin));
}
/** Source: `batch_get_app_conversations` in OpenHands/OpenHands, which refuses 100. */
const MOST_IDS = 99;
/** The `ids` of a query, or the refusal if there are none or too many. */
function idsOf(call, of) {
    const ids = call.query.getAll('ids');
    if (ids.length === 0)
        return invalid([{ loc: ['query', 'ids'], msg: 'Field required', type: 'missing' }]);
    if (ids.length > MOST_IDS)
        return refuse(400, `Too many ids requested. Maximum is ${MOST_IDS}.`);
    const wrong = ids.filter((id) => !isUuid(id));
    if (wrong.length === 0)
        return ids;
    // Conversations are asked for by texts that are parsed later, tasks by UUIDs.
    if (of === 'conversations') {
        return refuse(400, `Invalid UUID format for ids: [${wrong.map((id) => `'${id}'`).join(', ')}]`);
    }
    const at = ids.findIndex((id) => !isUuid(id));
    return invalid([{ loc: ['query', 'ids', at], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }]);
}
function isReply(value) {
    return !Array.isArray(value);
}
function listConversations(call, store) {
    const ids = idsOf(call, 'conversations');
    if (isReply(ids))
        return ids;
    return json(200, ids.map((id) => {
        const conversation = store.byId(id);
        return conversation === undefined ? null : renderConversation(conversation, call.origin);
    }));
}
function listTasks(call, store) {
    const ids = idsOf(call, 'tasks');
    if (isReply(ids))
        return ids;
    return json(200, ids.map((id) => {
        const conversation = store.byTask(id);
        return conversation === undefined ? null : renderStartTask(conversation, call.origin);
    }));
}
/** The conversations of V1, newest first, that a filter of the query leaves. */
function filtered(call, store, idFilter) {
    const since = call.query.get('created_at__gte');
    const before = call.query.get('created_at__lt');
    return store
        .all()
        .filter(({ order }) => order.version === 'v1')
        .filter(({ order }) => since === null || order.at >= Date.parse(since))
        .filter(({ order }) => before === null || order.at < Date.parse(before))
        .filter(idFilter)
        .toReversed();
}
function searchConversations(call, store) {
    const limit = limitOf(call.query, 100, 100);
    if (typeof limit !== 'number')
        return invalid(limit);
    const sandbox = call.query.get('sandbox_id__eq');
    const found = filtered(call, store, ({ names }) => sandbox === null || names.sandboxId === sandbox);
    const shown = found.flatMap((conversation) => renderConversation(conversation, call.origin) ?? []);
    const { items, next } = pageOf(shown, call.query, limit);
    return json(200, { items, next_page_id: next });
}
function searchTasks(call, store) {
    const limit = limitOf(call.query, 100, 100);
    if (typeof limit !== 'number')
        return invalid(limit);
    const id = call.query.get('conversation_id__eq');
    // The filter compares the task's own field, which is null until the start is over.
    const found = filtered(call, store, ({ names, situation }) => id === null || (situation.start === 'ready' && names.id === canonicalId(id)));
    const sorted = call.query.get('sort_order') === 'CREATED_AT' ? found.toReversed() : found;
    const { items, next } = pageOf(sorted, call.query, limit);
    return json(200, { items: items.map((item) => renderStartTask(item, call.origin)), next_page_id: next });
}
const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/;
function searchEvents(call, store, id) {
    const limit = limitOf(call.query, 100, 100);
    if (typeof limit !== 'number')
        return invalid(limit);
    const since = call.query.get('timestamp__gte');
    // Stored times have no zone, and some servers fall over one that has.
    if (since !== null && ZONED.test(since))
        return refuse(500, 'Internal Server Error');
    const kind = call.query.get('kind__eq');
    const conversation = store.byId(id);
    const events = (conversation?.knownEvents ?? [])
        .filter(({ at }) => since === null || at >= Date.parse(`${since}Z`))
        .map(renderEvent)
        .filter((event) => kind === null || event['kind'] === kind);
    const sorted = call.query.get('sort_order') === 'TIMESTAMP_DESC' ? events.toReversed() : events;
    const { items, next } = pageOf(sorted, call.query, limit);
    return json(200, { items, next_page_id: next });
}
function sendMessage(call, store, id) {
    const wrong = checked(call.body, MESSAGE_BODY);
    if (wrong !== undefined)
        return wrong;
    const conversation = store.byId(id);
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, `Conversation ${id} not found`);
    const refusal = refusalOf(conversation);
    if (refusal !== undefined)
        return refusal;
    const message = contentText(call.body);
    const run = !isRecord(call.body) || call.body['run'] !== false;
    const scenario = run ? store.scenarioFor(message) : undefined;
    conversation.receive(store.clock.now(), message, scenario);
    return json(200, { success: true, sandbox_status: 'RUNNING', message: null });
}
/** Why a sandbox takes no message; `undefined` if it does. */
function refusalOf({ situation, names }) {
    switch (situation.box) {
        case 'running':
        case 'emptied':
        case 'unheard-of':
            return undefined;
        case 'missing':
        case 'archived':
            return refuse(410, 'Conversation is archived. The sandbox no longer exists.');
        case 'failed':
            return refuse(503, 'Sandbox is in an error state and cannot accept messages.');
        case 'unregistered':
        case 'starting':
        case 'paused':
        case 'stopped':
            return refuse(409, `Sandbox is ${V1_SANDBOX[situation.box]}. Use POST /api/v1/sandboxes/${names.sandboxId}/resume to resume it first.`);
    }
}
function changeSandbox(store, id, change) {
    const now = store.clock.now();
    const gone = new Set(['missing', 'archived']);
    const inside = store.inSandbox(id).filter(({ situation }) => !gone.has(situation.box));
    if (inside.length === 0)
        return refuse(404, 'Not Found');
    for (const conversation of inside) {
        if (change === 'resume')
            conversation.resumeBox(now);
        else if (conversation.situation.box !== 'paused')
            conversation.pauseBox(now);
    }
    return json(200, { success: true });
}
function me(options) {
    return json(200, {
        id: accountOf(options),
        email: 'octocat@example.com',
        email_verified: true,
        git_user_name: 'octocat',
        v1_enabled: true,
        sandbox_grouping_strategy: 'NO_GROUPING',
        language: 'en',
        user_version: 1,
    });
}
const CONVERSATIONS = '/api/v1/app-conversations';
const EVENTS_PATH = /^\/api\/v1\/conversation\/([^/]+)\/events\/search$/;
const ONE_PATH = /^\/api\/v1\/app-conversations\/([^/]+)\/(send-message|download)$/;
const SANDBOX_PATH = /^\/api\/v1\/sandboxes\/([^/]+)\/(pause|resume)$/;
/** What the account's Git provider answers; `undefined` if it is not asked. */
function answerGit(path) {
    if (path === '/api/v1/users/git-info')
        return json(200, { id: '1', login: 'octocat', avatar_url: '' });
    return path === '/api/v1/git/repositories/search'
        ? json(200, { items: [], next_page_id: null })
        : undefined;
}
function answerGet(call, store, options) {
    switch (call.path) {
        case CONVERSATIONS:
            return listConversations(call, store);
        case `${CONVERSATIONS}/search`:
            return searchConversations(call, store);
        case `${CONVERSATIONS}/start-tasks`:
            return listTasks(call, store);
        case `${CONVERSATIONS}/start-tasks/search`:
            return searchTasks(call, store);
        case '/api/v1/users/me':
            return me(options);
    }
    const events = EVENTS_PATH.exec(call.path);
    if (events?.[1] !== undefined)
        return searchEvents(call, store, events[1]);
    const one = ONE_PATH.exec(call.path);
    return one?.[1] !== undefined && one[2] === 'download' ? download(one[1], store.byId(one[1])) : undefined;
}
function answerPost(call, store, options) {
    if (call.path === CONVERSATIONS)
        return start(call, store, options);
    const one = ONE_PATH.exec(call.path);
    if (one?.[1] !== undefined && one[2] === 'send-message')
        return sendMessage(call, store, one[1]);
    const sandbox = SANDBOX_PATH.exec(call.path);
    if (sandbox?.[1] === undefined)
        return undefined;
    return changeSandbox(store, sandbox[1], sandbox[2] === 'pause' ? 'pause' : 'resume');
}
/** Answers a request to V1; `undefined` if the path or method is none of V1's. */
function answerV1(call, store, options) {
    if (call.method === 'GET')
        return answerGit(call.path) ?? answerGet(call, store, options);
    return call.method === 'POST' ? answerPost(call, store, options) : undefined;
}
/** Whether a path is of V1. */
function isV1(path) {
    return path.startsWith('/api/v1/');
}

;// CONCATENATED MODULE: ./simulator/v0.ts






const v0_PROVIDERS = ['github', 'gitlab', 'bitbucket', 'enterprise_sso'];
const anything = () => [];
/** `InitSessionRequest`. The `conversation_id` of the description is only for servers made for nested use. */
const v0_START_BODY = object({
    initial_user_msg: optional(body_checks_text),
    repository: optional(body_checks_text),
    selected_branch: optional(body_checks_text),
    git_provider: optional(oneOf(v0_PROVIDERS)),
    image_urls: optional(listOf(body_checks_text)),
    replay_json: optional(body_checks_text),
    suggested_task: anything,
    create_microagent: anything,
    conversation_instructions: optional(body_checks_text),
    mcp_config: anything,
}, true);
const AGAIN_BODY = object({ providers_set: optional(listOf(oneOf(v0_PROVIDERS))) });
/** What V0 says at once if V1 would let the start fail; `undefined` if it accepts. */
function v0_refusalOf(name, apiKey) {
    // It does not tell a wrong repository from a wrong key.
    if (name === 'no-access')
        return refuse(401, 'The repository is not there, or the account has no access to it.');
    const { refusal } = scenarioOf(name);
    if (refusal === undefined)
        return undefined;
    const message = refusal.message.replaceAll('{{apiKey}}', apiKey);
    return json(400, { status: 'error', message, msg_id: refusal.id });
}
function v0_start(call, store) {
    const problems = v0_START_BODY(call.body, ['body']);
    if (problems.length > 0)
        return invalid(problems);
    const message = textOf(call.body, 'initial_user_msg') ?? '';
    const repository = textOf(call.body, 'repository');
    const scenario = isForbidden(repository) ? 'no-access' : store.scenarioFor(message);
    const refusal = v0_refusalOf(scenario, call.key || call.sessionKey);
    if (refusal !== undefined)
        return refusal;
    const conversation = store.add({
        version: 'v0',
        message,
        repository,
        branch: textOf(call.body, 'selected_branch'),
        provider: textOf(call.body, 'git_provider'),
        model: null,
        title: null,
        trigger: 'openhands_api',
        scenario,
        request: {},
        apiKey: call.key || call.sessionKey,
        accountId: null,
        at: store.clock.now(),
    }, undefined);
    return json(200, { status: 'ok', conversation_id: conversation.names.id, conversation_status: null });
}
function listEvents(call, conversation) {
    const raw = call.query.get('limit') ?? '20';
    const limit = Number(raw);
    if (!Number.isInteger(limit)) {
        return invalid([
            { loc: ['query', 'limit'], msg: 'Input should be a valid integer', type: 'int_parsing' },
        ]);
    }
    if (limit < 1 || limit > 100)
        return refuse(400, 'Invalid limit');
    const reverse = ['true', '1', 'yes'].includes(call.query.get('reverse') ?? 'false');
    // Both bounds are inclusive, whichever the direction: `start_id` is the older one.
    // Source: `EventStore.search_events` in All-Hands-AI/OpenHands.
    const oldest = Number(call.query.get('start_id') ?? 0);
    const newest = Number(call.query.get('end_id') ?? Number.POSITIVE_INFINITY);
    const within = conversation.events.filter(({ serial }) => serial >= oldest && serial <= newest);
    const wanted = reverse ? within.toReversed() : within;
    return json(200, { events: wanted.slice(0, limit).map(renderV0Event), has_more: wanted.length > limit });
}
function receive(call, store, conversation) {
    if (V0_STATUS[conversation.situation.box] !== 'RUNNING') {
        return refuse(404, `Conversation ${conversation.names.id} not found`);
    }
    if (textOf(call.body, 'action') === 'change_agent_state') {
        if (textOf(call.body, 'args', 'agent_state') === 'running')
            conversation.run(store.clock.now());
        return json(200, { success: true });
    }
    const content = textOf(call.body, 'args', 'content');
    if (textOf(call.body, 'action') !== 'message' || content === null) {
        return invalid([{ loc: ['body', 'action'], msg: 'Unknown action', type: 'value_error' }]);
    }
    conversation.receive(store.clock.now(), content, store.scenarioFor(content));
    return json(200, { success: true });
}
function startAgain(call, store, conversation) {
    const problems = AGAIN_BODY(call.body, ['body']);
    if (problems.length > 0)
        return invalid(problems);
    conversation.startAgain(store.clock.now());
    return v0_told(conversation);
}
/**
 * Tells the status before the stop. One that does not run yet is told so, and starts all the same.
 * Source: `stop_conversation` in All-Hands-AI/OpenHands, manage_conversations.py.
 */
function stop(store, conversation) {
    const before = v0_told(conversation);
    if (conversation.situation.box !== 'unregistered')
        conversation.stop(store.clock.now());
    return before;
}
function v0_told(conversation) {
    return json(200, {
        status: 'ok',
        conversation_id: conversation.names.id,
        conversation_status: V0_STATUS[conversation.situation.box],
    });
}
const v0_PATH = /^\/api\/conversations\/([^/]+)(?:\/(events|start|stop|trajectory))?$/;
function v0_answerGet(call, conversation, what) {
    // Unlike every other route, this one answers null for what it does not know.
    if (what === '')
        return json(200, info(call, conversation));
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, notFound(call));
    if (what === 'events')
        return listEvents(call, conversation);
    if (what === 'trajectory')
        return json(200, { trajectory: conversation.events.map(renderV0Event) });
    return undefined;
}
function idIn(call) {
    return v0_PATH.exec(call.path)?.[1] ?? '';
}
function notFound(call) {
    return `Conversation ${idIn(call)} not found`;
}
/** What is said of the stop of a conversation that nobody knows. */
function stopped(call) {
    return {
        status: 'ok',
        conversation_id: idIn(call),
        message: 'Conversation was not running',
        conversation_status: 'STOPPED',
    };
}
function info(call, conversation) {
    return conversation === undefined ? null : renderInfo(conversation, call.origin);
}
function v0_answerPost(call, store, conversation, what) {
    if (what !== 'events' && what !== 'start' && what !== 'stop')
        return undefined;
    if (conversation?.situation.presence !== 'shown') {
        return what === 'stop' ? json(200, stopped(call)) : refuse(404, notFound(call));
    }
    switch (what) {
        case 'events':
            return receive(call, store, conversation);
        case 'start':
            return startAgain(call, store, conversation);
        case 'stop':
            return stop(store, conversation);
    }
}
/** Answers a request to V0; `undefined` if the path or method is none of V0's. */
function answerV0(call, store) {
    if (call.path === '/api/conversations')
        return call.method === 'POST' ? v0_start(call, store) : undefined;
    const [, id, what = ''] = v0_PATH.exec(call.path) ?? [];
    if (id === undefined)
        return undefined;
    const conversation = store.byId(id);
    if (call.method === 'GET')
        return v0_answerGet(call, conversation, what);
    return call.method === 'POST' ? v0_answerPost(call, store, conversation, what) : undefined;
}
/** Whether a path is of V0. */
function isV0(path) {
    return path === '/api/conversations' || path.startsWith('/api/conversations/');
}

;// CONCATENATED MODULE: ./simulator/server.ts














const CLOUD_LIMIT = { perSecond: 10, perMinute: 100 };
/** What FastAPI says if no route fits: a GET falls through to the web app, which takes no other method. */
function unknownPath(call, { options }) {
    if (options.kind === 'self-hosted')
        return refuse(404, 'Not Found');
    return call.method === 'GET' || call.method === 'HEAD' ? webApp() : refuse(405, 'Method Not Allowed');
}
/** Whether the simulator serves the version that a path belongs to. */
function isServed(path, api = 'both') {
    return (api !== 'v0' && isV1(path)) || (api !== 'v1' && isV0(path));
}
/** The refusal of a request before anybody looks at what it asks. */
function refuseEarly(call, setup, bodyIsBroken) {
    const keys = { bearer: call.key, session: call.sessionKey };
    const refusal = refuseKeys(setup.options.authorization ?? { kind: 'open' }, keys);
    if (refusal !== undefined || !bodyIsBroken)
        return refusal;
    return invalid([{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }]);
}
function answerApi(call, setup) {
    const { honourConversationId = true, kind } = setup.options;
    return isV1(call.path)
        ? answerV1(call, setup.store, { honourConversationId, hasAccounts: kind !== 'self-hosted' })
        : answerV0(call, setup.store);
}
function answer(call, setup, bodyIsBroken) {
    if (isAgentServer(call.path))
        return answerAgentServer(call, setup.store) ?? refuse(404, 'Not Found');
    if (!isServed(call.path, setup.options.api))
        return answerPerson(call.path, setup.store) ?? unknownPath(call, setup);
    return refuseEarly(call, setup, bodyIsBroken) ?? answerApi(call, setup) ?? unknownPath(call, setup);
}
/** The same within the limits. */
async function answerWithin(call, setup, bodyIsBroken) {
    const isLimited = isServed(call.path, setup.options.api);
    const key = call.key || call.sessionKey;
    const verdict = isLimited ? setup.limiter({ key, address: call.sender }) : { kind: 'pass' };
    if (verdict.kind === 'refuse')
        return verdict.reply;
    if (verdict.kind === 'wait')
        await pass(verdict.seconds, setup.clock);
    return answer(call, setup, bodyIsBroken);
}
/** Lets simulated seconds pass. */
async function pass(seconds, { speed }) {
    await (0,promises_namespaceObject.setTimeout)((seconds * 1000) / speed, undefined, { ref: false });
}
function send(response, reply, { clock }) {
    const date = new Date(clock.now()).toUTCString();
    response.writeHead(reply.status, { date, 'content-type': reply.type, ...reply.headers });
    response.end(reply.body);
}
/** Writes for as long as somebody reads. */
async function writeForEver(response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"items":[');
    const chunk = '"more",'.repeat(10_000);
    while (!response.destroyed && !response.writableEnded) {
        response.write(chunk);
        // Slow enough for a reader's own limit to matter, and not to fill memory if nobody reads.
        await (0,promises_namespaceObject.setTimeout)(5);
    }
}
/** Answers one request; the status that it got, 0 if it got none. */
async function serve(call, target, raw, response, setup) {
    const fault = setup.faults.take(call.method, target);
    const broken = raw !== '' && call.body === undefined;
    if (fault === undefined) {
        const reply = await answerWithin(call, setup, broken);
        send(response, reply, setup);
        return reply.status;
    }
    const { kind } = fault.answer;
    if (kind === 'slow')
        await pass(fault.answer.seconds, setup.clock);
    const acts = fault.when === 'after' || ['slow', 'cut', 'other'].includes(kind);
    const reply = spoil(fault.answer, acts ? await answerWithin(call, setup, broken) : undefined);
    if (reply !== undefined) {
        send(response, reply, setup);
        return reply.status;
    }
    if (kind === 'reset')
        response.destroy();
    if (kind !== 'endless')
        return 0;
    void writeForEver(response);
    return 200;
}
async function handle(request, response, setup) {
    // Links lead back the way the request came: in a container the listening address is not the one to use.
    const origin = `http://${request.headers.host ?? 'localhost'}`;
    const at = setup.clock.now();
    const target = request.url ?? '/';
    const url = new URL(target, origin);
    const raw = await readBody(request);
    const headers = flatten(request.headers);
    const { bearer, session } = keysOf(headers);
    const method = request.method ?? 'GET';
    const call = {
        method,
        path: url.pathname,
        query: url.searchParams,
        body: parseJson(raw),
        key: bearer,
        sessionKey: session,
        sender: request.socket.remoteAddress ?? '',
        origin,
    };
    const recorded = { method, path: target, headers, body: raw, status: 0, at };
    setup.requests.push(recorded);
    recorded.status = await serve(call, target, raw, response, setup);
    setup.options.onRequest?.(recorded);
}
function limiterOf(clock, { kind, rateLimit }) {
    const limit = rateLimit ?? (kind === 'self-hosted' ? kind : CLOUD_LIMIT);
    if (limit === 'none')
        return () => ({ kind: 'pass' });
    return limit === 'self-hosted' ? limitLikeOwnServer(clock) : limitLikeCloud(clock, limit);
}
function setUp(options) {
    const clock = options.clock ?? createClock(options.speed ?? 1);
    return {
        options,
        clock,
        store: createStore(clock, createIdSource(options.seed ?? 'simulator'), options),
        faults: createFaultBook(options.faults ?? []),
        limiter: limiterOf(clock, options),
        requests: [],
    };
}
/**
 * Starts an OpenHands server in memory.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
async function startSimulator(options = {}) {
    const setup = setUp(options);
    const { url, close } = await listen(options, async (request, response) => handle(request, response, setup));
    return {
        url,
        requests: setup.requests,
        get conversations() {
            return setup.store.views();
        },
        get sandboxes() {
            return setup.store.sandboxes();
        },
        order: (fault) => {
            setup.faults.order(fault);
        },
        close,
    };
}

;// CONCATENATED MODULE: ./simulator/main.ts



/** One line of a request. It shows neither headers nor bodies, where the keys are. */
function logRequest({ method, path, status }) {
    console.log(`${method} ${path} -> ${status === 0 ? 'no answer' : status}`);
}
async function main_start(options) {
    try {
        return await startSimulator({ ...options, onRequest: logRequest });
    }
    catch (error) {
        if (codeOf(error) !== 'EADDRINUSE')
            throw error;
        throw new Error(`port ${options.port ?? 0} is taken; --port 0 takes any free one`, { cause: error });
    }
}
async function main_serve(options) {
    const simulator = await main_start(options);
    console.log(`The simulator listens. Point base-url at ${simulator.url}`);
    console.log(`Scenario ${options.scenario ?? 'finish'}, speed ${options.speed ?? 1}. Ctrl+C ends it.`);
    for (const signal of ['SIGINT', 'SIGTERM']) {
        process.once(signal, () => {
            void simulator.close();
        });
    }
}
/** Does what the arguments ask for. */
async function main(args) {
    refuseOptionsThatNpmTook('simulator', ['scenario', 'api', 'speed', 'list', 'fault']);
    const command = parseCommand(args);
    switch (command.kind) {
        case 'help':
            console.log(helpText());
            return;
        case 'list':
            console.log(listText());
            return;
        case 'serve':
            await main_serve(command.options);
    }
}
main(process.argv.slice(2)).catch((error) => {
    console.error(`simulator: ${complaint(error)}`);
    process.exitCode = 2;
});

