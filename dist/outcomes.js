import * as __WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__ from "./valibot.js";
import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
import * as __WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__ from "./core.js";
/******/ var __webpack_modules__ = ({

/***/ 929:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

var x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var y = (x) => (() => (x))
module.exports = x({ ["array"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.array), ["boolean"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.boolean), ["check"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.check), ["custom"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.custom), ["exactOptional"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.exactOptional), ["fallback"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.fallback), ["finite"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.finite), ["getDotPath"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.getDotPath), ["isoTimestamp"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.isoTimestamp), ["literal"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.literal), ["ltValue"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.ltValue), ["minValue"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.minValue), ["nullable"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.nullable), ["nullish"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.nullish), ["number"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.number), ["object"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.object), ["optional"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.optional), ["parse"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.parse), ["parseJson"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.parseJson), ["picklist"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.picklist), ["pipe"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.pipe), ["regex"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.regex), ["safeParse"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.safeParse), ["string"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.string), ["unknown"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.unknown), ["variant"]: () => (__WEBPACK_EXTERNAL_MODULE__valibot_js_e7978974__.variant) });

/***/ }),

/***/ 455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 664:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(161);
/* harmony import */ var _src_github_octokit_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(485);
/* harmony import */ var _src_github_workflow_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(696);
/* harmony import */ var _src_http_proxy_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(134);
/* harmony import */ var _src_inputs_reader_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(64);
/* harmony import */ var _src_port_clock_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(249);
/* harmony import */ var _src_report_problem_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(787);
/* harmony import */ var _src_text_to_error_js__WEBPACK_IMPORTED_MODULE_9__ = __nccwpck_require__(287);
/* harmony import */ var _outcomes_js__WEBPACK_IMPORTED_MODULE_7__ = __nccwpck_require__(219);
/* harmony import */ var _runner_js__WEBPACK_IMPORTED_MODULE_8__ = __nccwpck_require__(232);
/** The entry that the runner starts for `outcomes/action.yml`. */










const { env } = process;
const runner = (0,_runner_js__WEBPACK_IMPORTED_MODULE_8__/* .githubOutcomesRunner */ .f)();
try {
    (0,_src_http_proxy_js__WEBPACK_IMPORTED_MODULE_3__/* .useProxy */ .C)(env, { onSecret: runner.secrets.add, direct: [] });
    await (0,_outcomes_js__WEBPACK_IMPORTED_MODULE_7__/* .reportOutcomes */ .s)({
        runner,
        clock: _src_port_clock_js__WEBPACK_IMPORTED_MODULE_5__/* .systemClock */ .ml,
        github: (0,_src_github_octokit_js__WEBPACK_IMPORTED_MODULE_1__/* .gitHubConnector */ .lk)(env, { fetch, clock: _src_port_clock_js__WEBPACK_IMPORTED_MODULE_5__/* .systemClock */ .ml }),
        repository: env['GITHUB_REPOSITORY'] ?? '',
        gitHubUrl: (0,_src_github_workflow_js__WEBPACK_IMPORTED_MODULE_2__/* .gitHubUrlOf */ .il)(env),
        temporary: env['RUNNER_TEMP'] ?? (0,node_os__WEBPACK_IMPORTED_MODULE_0__.tmpdir)(),
    });
}
catch (error) {
    const advice = 'report this as a bug in the action';
    runner.fail((0,_src_report_problem_js__WEBPACK_IMPORTED_MODULE_6__/* .problemLine */ .YK)(error instanceof _src_inputs_reader_js__WEBPACK_IMPORTED_MODULE_4__/* .WrongInputs */ .Ls
        ? error.problem
        : { failedTo: 'report the outcomes', because: (0,_src_text_to_error_js__WEBPACK_IMPORTED_MODULE_9__/* .toError */ .i)(error).message, advice }));
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 219:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  s: () => (/* binding */ reportOutcomes)
});

// EXTERNAL MODULE: ./build/src/inputs/reader.js
var reader = __nccwpck_require__(64);
// EXTERNAL MODULE: ./build/src/port/clock.js + 1 modules
var port_clock = __nccwpck_require__(249);
// EXTERNAL MODULE: ./build/src/report/problem.js + 1 modules
var problem = __nccwpck_require__(787);
;// CONCATENATED MODULE: external "node:buffer"
const external_node_buffer_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");
;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(455);
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
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
    const path = (0,external_node_path_namespaceObject.join)((0,external_node_fs_namespaceObject.mkdtempSync)((0,external_node_path_namespaceObject.join)(folder, 'openhands-')), name);
    (0,external_node_fs_namespaceObject.writeFileSync)(path, text);
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
    const fromRoot = relative(root, path);
    return fromRoot !== '..' && !fromRoot.startsWith(`..${sep}`) && !isAbsolute(fromRoot);
}

// EXTERNAL MODULE: ./build/src/text/to-error.js
var to_error = __nccwpck_require__(287);
;// CONCATENATED MODULE: ./build/outcomes/src/period.js
const DAY_MS = 86_400_000;
/** Returns the last days before `now`. */
function lastDays(days, now) {
    const from = now - days * DAY_MS;
    const since = timestampOf(from);
    return { month: null, days, from, to: now, since, created: `>=${since}`, ageDays: days };
}
/** Returns a month of the form `2026-10`, or the one before that of `now` (`last`); `undefined` for any other text, and before it begins. */
function monthIn(text, now) {
    const [from, end] = text === 'last' ? lastMonth(now) : namedMonth(text);
    if (from === undefined || end === undefined || from > now)
        return undefined;
    const since = timestampOf(from);
    return {
        month: since.slice(0, 7),
        days: Math.round((end - from) / DAY_MS),
        from,
        to: Math.min(end - 1, now),
        since,
        created: `${since}..${timestampOf(end - 1)}`,
        ageDays: Math.ceil((now - from) / DAY_MS),
    };
}
function lastMonth(now) {
    const today = new Date(now);
    return boundsOf(today.getUTCFullYear(), today.getUTCMonth() - 1);
}
function namedMonth(text) {
    const [, year, month] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text) ?? [];
    return year === undefined ? [] : boundsOf(Number(year), Number(month) - 1);
}
/** Returns when a month begins and ends. January is 0; below that, it is a month of the year before. */
function boundsOf(year, month) {
    return [Date.UTC(year, month), Date.UTC(year, month + 1)];
}
function timestampOf(time) {
    return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
/** Returns the words for a period that follow "in". */
function wordsOf({ month, days, from }) {
    if (month !== null)
        return new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(from);
    return days === 1 ? 'the last day' : `the last ${days} days`;
}

;// CONCATENATED MODULE: ./build/outcomes/src/inputs.js

/** The names of the inputs, as in `outcomes/action.yml`. */
const OUTCOMES_INPUT_NAMES = (/* unused pure expression or super */ null && (['days', 'month', 'workflows', 'repositories', 'github-token']));
/** The names of the outputs, as in `outcomes/action.yml`. */
const OUTCOMES_OUTPUT_NAMES = (/* unused pure expression or super */ null && (['report', 'report-file']));
const DEFAULT_DAYS = 28;
/** GitHub keeps artifacts for at most 90 days, unless a private repository asks for more. */
const MAX_DAYS = 90;
const LINE = /^[\w.-]{1,100}\/(?:\*|[\w.-]{1,100})$/;
/** Reads the inputs. `here` is the workflow's repository. `now` is in milliseconds since 1970. */
function outcomesInputsIn(read, here, now) {
    const days = read.parsed('days', `it must be a whole number from 1 to ${MAX_DAYS}`, daysIn, DEFAULT_DAYS);
    const rule = 'it must be this month or an earlier one, such as 2026-10, or last';
    return {
        period: read.parsed('month', rule, (value) => monthIn(value, now), lastDays(days, now)),
        workflows: partsOf(read.given('workflows').value, ','),
        repositories: read.parsed('repositories', 'each line must be owner/repo, or owner/* for an organization', repositoriesIn, [here]),
        token: read.given('github-token').value,
    };
}
function daysIn(value) {
    const days = /^\d{1,2}$/.test(value) ? Number(value) : 0;
    return days >= 1 && days <= MAX_DAYS ? days : undefined;
}
function repositoriesIn(value) {
    const lines = partsOf(value, '\n');
    return lines.every((line) => LINE.test(line)) ? lines : undefined;
}
function partsOf(value, separator) {
    return value
        .split(separator)
        .map((part) => part.trim())
        .filter((part) => part !== '');
}

// EXTERNAL MODULE: ./build/src/github/failure.js + 1 modules
var failure = __nccwpck_require__(339);
// EXTERNAL MODULE: ./build/src/text/safe.js
var safe = __nccwpck_require__(948);
;// CONCATENATED MODULE: ./build/outcomes/src/count.js
/**
 * Counts each conversation once, with what it has cost in the time of the `reads`, and each pull request once. A run without a
 * conversation counts alone. `reads` are of one repository, oldest first.
 */
function conversationsIn(reads) {
    const counted = reads.filter(({ outcome }) => outcome.status !== 'skipped');
    const groups = Map.groupBy(counted, ({ id, outcome }) => outcome.conversationUrl || id);
    const seen = new Set();
    return [...groups.values()].flatMap((group) => {
        const [first] = group;
        // A step that did not wait (`running`) does not know how the conversation ended.
        const last = group.findLast(({ outcome }) => outcome.status !== 'running') ?? group.at(-1);
        // Only for the types: no group is empty.
        if (first === undefined || last === undefined)
            return [];
        const named = new Set(group.flatMap(({ outcome }) => outcome.pullRequests));
        const pullRequests = [...named].filter((number) => !seen.has(number));
        pullRequests.forEach((number) => seen.add(number));
        const costs = group.map(({ outcome }) => outcome.costUsd).filter((cost) => cost !== null);
        const before = group.map(({ outcome }) => outcome.costBeforeUsd).filter((cost) => cost !== null);
        // Where nobody knows what it had cost before, all of it counts.
        const earliest = before.length === 0 ? 0 : Math.min(...before);
        return [
            {
                workflow: first.workflow,
                date: first.date,
                ended: endOf(last.outcome),
                costUsd: Math.max(0, Math.max(0, ...costs) - earliest),
                isCostUnknown: costs.length === 0 && first.outcome.conversationUrl !== '',
                pullRequests,
            },
        ];
    });
}
/** Returns the status of a step, and its kind of failure if the status does not say it, as `over-budget` does. */
function endOf({ status, failureKind }) {
    const words = status === 'running' ? 'not waited for' : status;
    const hasMoreToSay = failureKind !== '' && !status.endsWith(failureKind);
    return hasMoreToSay ? `${words} (${failureKind})` : words;
}
/** Adds up conversations. */
function sumsOf(conversations) {
    const cost = toMillionths(conversations.reduce((sum, { costUsd }) => sum + costUsd, 0));
    const states = conversations.flatMap((each) => each.states);
    const count = (state) => states.filter((each) => each === state).length;
    const merged = count('merged');
    const ends = Map.groupBy(conversations, ({ ended }) => ended);
    const ended = [...ends].map(([end, group]) => [end, group.length]);
    return {
        runs: conversations.length,
        ended: Object.fromEntries(ended.toSorted(([a], [b]) => (a < b ? -1 : 1))),
        'cost-usd': cost,
        'unknown-costs': conversations.filter((each) => each.isCostUnknown).length,
        merged,
        closed: count('closed'),
        open: count('open'),
        'cost-per-merged-usd': merged === 0 ? null : toMillionths(cost / merged),
    };
}
/** Rounds to millionths: a sum of decimal fractions is a little off. */
function toMillionths(usd) {
    return Math.round(usd * 1e6) / 1e6;
}

;// CONCATENATED MODULE: external "module"
const external_module_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("module");
;// CONCATENATED MODULE: ./node_modules/fflate/esm/index.mjs

var esm_require = (0,external_module_namespaceObject.createRequire)('/');
// DEFLATE is a complex format; to read this code, you should probably check the RFC first:
// https://tools.ietf.org/html/rfc1951
// You may also wish to take a look at the guide I made about this program:
// https://gist.github.com/101arrowz/253f31eb5abc3d9275ab943003ffecad
// Some of the following code is similar to that of UZIP.js:
// https://github.com/photopea/UZIP.js
// However, the vast majority of the codebase has diverged from UZIP.js to increase performance and reduce bundle size.
// Sometimes 0 will appear where -1 would be more appropriate. This is because using a uint
// is better for memory in most engines (I *think*).
var _a;
// Mediocre shim
var Worker;
var isMarkedAsUntransferable;
var workerAdd = ";var __w=require('worker_threads');__w.parentPort.on('message',function(m){onmessage({data:m})}),postMessage=function(m,t){__w.parentPort.postMessage(m,t)},close=process.exit;self=global";
try {
    (_a = esm_require('worker_threads'), Worker = _a.Worker, isMarkedAsUntransferable = _a.isMarkedAsUntransferable);
}
catch (e) {
}
var wk = (/* unused pure expression or super */ null && (Worker ? function (c, _, msg, transfer, cb) {
    var done = false;
    var w = new Worker(c + workerAdd, { eval: true })
        .on('error', function (e) { return cb(e, null); })
        .on('message', function (m) { return cb(null, m); })
        .on('exit', function (c) {
        if (c && !done)
            cb(new Error('exited with code ' + c), null);
    });
    if (isMarkedAsUntransferable)
        transfer = transfer.filter(function (t) { return !isMarkedAsUntransferable(t); });
    w.postMessage(msg, transfer);
    w.terminate = function () {
        done = true;
        return Worker.prototype.terminate.call(w);
    };
    return w;
} : function (_, __, ___, ____, cb) {
    setImmediate(function () { return cb(new Error('async operations unsupported - update to Node 12+ (or Node 10-11 with the --experimental-worker CLI flag)'), null); });
    var NOP = function () { };
    return {
        terminate: NOP,
        postMessage: NOP
    };
}));

// aliases for shorter compressed code (most minifers don't do this)
var u8 = Uint8Array, u16 = Uint16Array, i32 = Int32Array;
// fixed length extra bits
var fleb = new u8([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0, /* unused */ 0, 0, /* impossible */ 0]);
// fixed distance extra bits
var fdeb = new u8([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, /* unused */ 0, 0]);
// code length index map
var clim = new u8([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
// get base, reverse index map from extra bits
var freb = function (eb, start) {
    var b = new u16(31);
    for (var i = 0; i < 31; ++i) {
        b[i] = start += 1 << eb[i - 1];
    }
    // numbers here are at max 18 bits
    var r = new i32(b[30]);
    for (var i = 1; i < 30; ++i) {
        for (var j = b[i]; j < b[i + 1]; ++j) {
            r[j] = ((j - b[i]) << 5) | i;
        }
    }
    return { b: b, r: r };
};
var _a = freb(fleb, 2), fl = _a.b, revfl = _a.r;
// we can ignore the fact that the other numbers are wrong; they never happen anyway
fl[28] = 258, revfl[258] = 28;
var _b = freb(fdeb, 0), fd = _b.b, revfd = _b.r;
// map of value to reverse (assuming 16 bits)
var rev = new u16(32768);
for (var i = 0; i < 32768; ++i) {
    // reverse table algorithm from SO
    var x = ((i & 0xAAAA) >> 1) | ((i & 0x5555) << 1);
    x = ((x & 0xCCCC) >> 2) | ((x & 0x3333) << 2);
    x = ((x & 0xF0F0) >> 4) | ((x & 0x0F0F) << 4);
    rev[i] = (((x & 0xFF00) >> 8) | ((x & 0x00FF) << 8)) >> 1;
}
// create huffman tree from u8 "map": index -> code length for code index
// mb (max bits) must be at most 15
// TODO: optimize/split up?
var hMap = (function (cd, mb, r) {
    var s = cd.length;
    // index
    var i = 0;
    // u16 "map": index -> # of codes with bit length = index
    var l = new u16(mb);
    // length of cd must be 288 (total # of codes)
    for (; i < s; ++i) {
        if (cd[i])
            ++l[cd[i] - 1];
    }
    // u16 "map": index -> minimum code for bit length = index
    var le = new u16(mb);
    for (i = 1; i < mb; ++i) {
        le[i] = (le[i - 1] + l[i - 1]) << 1;
    }
    var co;
    if (r) {
        // u16 "map": index -> number of actual bits, symbol for code
        co = new u16(1 << mb);
        // bits to remove for reverser
        var rvb = 15 - mb;
        for (i = 0; i < s; ++i) {
            // ignore 0 lengths
            if (cd[i]) {
                // num encoding both symbol and bits read
                var sv = (i << 4) | cd[i];
                // free bits
                var r_1 = mb - cd[i];
                // start value
                var v = le[cd[i] - 1]++ << r_1;
                // m is end value
                for (var m = v | ((1 << r_1) - 1); v <= m; ++v) {
                    // every 16 bit value starting with the code yields the same result
                    co[rev[v] >> rvb] = sv;
                }
            }
        }
    }
    else {
        co = new u16(s);
        for (i = 0; i < s; ++i) {
            if (cd[i]) {
                co[i] = rev[le[cd[i] - 1]++] >> (15 - cd[i]);
            }
        }
    }
    return co;
});
// fixed length tree
var flt = new u8(288);
for (var i = 0; i < 144; ++i)
    flt[i] = 8;
for (var i = 144; i < 256; ++i)
    flt[i] = 9;
for (var i = 256; i < 280; ++i)
    flt[i] = 7;
for (var i = 280; i < 288; ++i)
    flt[i] = 8;
// fixed distance tree
var fdt = new u8(32);
for (var i = 0; i < 32; ++i)
    fdt[i] = 5;
// fixed length map
var flm = /*#__PURE__*/ (/* unused pure expression or super */ null && (hMap(flt, 9, 0))), flrm = /*#__PURE__*/ hMap(flt, 9, 1);
// fixed distance map
var fdm = /*#__PURE__*/ (/* unused pure expression or super */ null && (hMap(fdt, 5, 0))), fdrm = /*#__PURE__*/ hMap(fdt, 5, 1);
// find max of array
var max = function (a) {
    var m = a[0];
    for (var i = 1; i < a.length; ++i) {
        if (a[i] > m)
            m = a[i];
    }
    return m;
};
// read d, starting at bit p and mask with m
var bits = function (d, p, m) {
    var o = (p / 8) | 0;
    return ((d[o] | (d[o + 1] << 8)) >> (p & 7)) & m;
};
// read d, starting at bit p continuing for at least 16 bits
var bits16 = function (d, p) {
    var o = (p / 8) | 0;
    return ((d[o] | (d[o + 1] << 8) | (d[o + 2] << 16)) >> (p & 7));
};
// get end of byte
var shft = function (p) { return ((p + 7) / 8) | 0; };
// typed array slice - allows garbage collector to free original reference,
// while being more compatible than .slice
var slc = function (v, s, e) {
    if (s == null || s < 0)
        s = 0;
    if (e == null || e > v.length)
        e = v.length;
    // can't use .constructor in case user-supplied
    return new u8(v.subarray(s, e));
};
/**
 * Codes for errors generated within this library
 */
var FlateErrorCode = {
    UnexpectedEOF: 0,
    InvalidBlockType: 1,
    InvalidLengthLiteral: 2,
    InvalidDistance: 3,
    StreamFinished: 4,
    NoStreamHandler: 5,
    InvalidHeader: 6,
    NoCallback: 7,
    InvalidUTF8: 8,
    ExtraFieldTooLong: 9,
    InvalidDate: 10,
    FilenameTooLong: 11,
    StreamFinishing: 12,
    InvalidZipData: 13,
    UnknownCompressionMethod: 14
};
// error codes
var ec = [
    'unexpected EOF',
    'invalid block type',
    'invalid length/literal',
    'invalid distance',
    'stream finished',
    'no stream handler',
    , // determined by compression function
    'no callback',
    'invalid UTF-8 data',
    'extra field too long',
    'date not in range 1980-2099',
    'filename too long',
    'stream finishing',
    'invalid zip data'
    // determined by unknown compression method
];
;
var err = function (ind, msg, nt) {
    var e = new Error(msg || ec[ind]);
    e.code = ind;
    if (Error.captureStackTrace)
        Error.captureStackTrace(e, err);
    if (!nt)
        throw e;
    return e;
};
// expands raw DEFLATE data
var inflt = function (dat, st, buf, dict) {
    // source length       dict length
    var sl = dat.length, dl = dict ? dict.length : 0;
    if (!sl || st.f && !st.l)
        return buf || new u8(0);
    var noBuf = !buf;
    // have to estimate size
    var resize = noBuf || st.i != 2;
    // no state
    var noSt = st.i;
    // Assumes roughly 33% compression ratio average
    if (noBuf)
        buf = new u8(sl * 3);
    // ensure buffer can fit at least l elements
    var cbuf = function (l) {
        var bl = buf.length;
        // need to increase size to fit
        if (l > bl) {
            // Double or set to necessary, whichever is greater
            var nbuf = new u8(Math.max(bl * 2, l));
            nbuf.set(buf);
            buf = nbuf;
        }
    };
    //  last chunk         bitpos           bytes
    var final = st.f || 0, pos = st.p || 0, bt = st.b || 0, lm = st.l, dm = st.d, lbt = st.m, dbt = st.n;
    // total bits
    var tbts = sl * 8;
    do {
        if (!lm) {
            // BFINAL - this is only 1 when last chunk is next
            final = bits(dat, pos, 1);
            // type: 0 = no compression, 1 = fixed huffman, 2 = dynamic huffman
            var type = bits(dat, pos + 1, 3);
            pos += 3;
            if (!type) {
                // go to end of byte boundary
                var s = shft(pos) + 4, l = dat[s - 4] | (dat[s - 3] << 8), t = s + l;
                if (t > sl) {
                    if (noSt)
                        err(0);
                    break;
                }
                // ensure size
                if (resize)
                    cbuf(bt + l);
                // Copy over uncompressed data
                buf.set(dat.subarray(s, t), bt);
                // Get new bitpos, update byte count
                st.b = bt += l, st.p = pos = t * 8, st.f = final;
                continue;
            }
            else if (type == 1)
                lm = flrm, dm = fdrm, lbt = 9, dbt = 5;
            else if (type == 2) {
                //  literal                            lengths
                var hLit = bits(dat, pos, 31) + 257, hcLen = bits(dat, pos + 10, 15) + 4;
                var tl = hLit + bits(dat, pos + 5, 31) + 1;
                pos += 14;
                // length+distance tree
                var ldt = new u8(tl);
                // code length tree
                var clt = new u8(19);
                for (var i = 0; i < hcLen; ++i) {
                    // use index map to get real code
                    clt[clim[i]] = bits(dat, pos + i * 3, 7);
                }
                pos += hcLen * 3;
                // code lengths bits
                var clb = max(clt), clbmsk = (1 << clb) - 1;
                // code lengths map
                var clm = hMap(clt, clb, 1);
                for (var i = 0; i < tl;) {
                    var r = clm[bits(dat, pos, clbmsk)];
                    // bits read
                    pos += r & 15;
                    // symbol
                    var s = r >> 4;
                    // code length to copy
                    if (s < 16) {
                        ldt[i++] = s;
                    }
                    else {
                        //  copy   count
                        var c = 0, n = 0;
                        if (s == 16)
                            n = 3 + bits(dat, pos, 3), pos += 2, c = ldt[i - 1];
                        else if (s == 17)
                            n = 3 + bits(dat, pos, 7), pos += 3;
                        else if (s == 18)
                            n = 11 + bits(dat, pos, 127), pos += 7;
                        while (n--)
                            ldt[i++] = c;
                    }
                }
                //    length tree                 distance tree
                var lt = ldt.subarray(0, hLit), dt = ldt.subarray(hLit);
                // max length bits
                lbt = max(lt);
                // max dist bits
                dbt = max(dt);
                lm = hMap(lt, lbt, 1);
                dm = hMap(dt, dbt, 1);
            }
            else
                err(1);
            if (pos > tbts) {
                if (noSt)
                    err(0);
                break;
            }
        }
        // Make sure the buffer can hold this + the largest possible addition
        // Maximum chunk size (practically, theoretically infinite) is 2^17
        if (resize)
            cbuf(bt + 131072);
        var lms = (1 << lbt) - 1, dms = (1 << dbt) - 1;
        var lpos = pos;
        for (;; lpos = pos) {
            // bits read, code
            var c = lm[bits16(dat, pos) & lms], sym = c >> 4;
            pos += c & 15;
            if (pos > tbts) {
                if (noSt)
                    err(0);
                break;
            }
            if (!c)
                err(2);
            if (sym < 256)
                buf[bt++] = sym;
            else if (sym == 256) {
                lpos = pos, lm = null;
                break;
            }
            else {
                var add = sym - 254;
                // no extra bits needed if less
                if (sym > 264) {
                    // index
                    var i = sym - 257, b = fleb[i];
                    add = bits(dat, pos, (1 << b) - 1) + fl[i];
                    pos += b;
                }
                // dist
                var d = dm[bits16(dat, pos) & dms], dsym = d >> 4;
                if (!d)
                    err(3);
                pos += d & 15;
                var dt = fd[dsym];
                if (dsym > 3) {
                    var b = fdeb[dsym];
                    dt += bits16(dat, pos) & (1 << b) - 1, pos += b;
                }
                if (pos > tbts) {
                    if (noSt)
                        err(0);
                    break;
                }
                if (resize)
                    cbuf(bt + 131072);
                var end = bt + add;
                if (bt < dt) {
                    var shift = dl - dt, dend = Math.min(dt, end);
                    if (shift + bt < 0)
                        err(3);
                    for (; bt < dend; ++bt)
                        buf[bt] = dict[shift + bt];
                }
                for (; bt < end; ++bt)
                    buf[bt] = buf[bt - dt];
            }
        }
        st.l = lm, st.p = lpos, st.b = bt, st.f = final;
        if (lm)
            final = 1, st.m = lbt, st.d = dm, st.n = dbt;
    } while (!final);
    // don't reallocate for streams or user buffers
    return bt != buf.length && noBuf ? slc(buf, 0, bt) : buf.subarray(0, bt);
};
// starting at p, write the minimum number of bits that can hold v to d
var wbits = function (d, p, v) {
    v <<= p & 7;
    var o = (p / 8) | 0;
    d[o] |= v;
    d[o + 1] |= v >> 8;
};
// starting at p, write the minimum number of bits (>8) that can hold v to d
var wbits16 = function (d, p, v) {
    v <<= p & 7;
    var o = (p / 8) | 0;
    d[o] |= v;
    d[o + 1] |= v >> 8;
    d[o + 2] |= v >> 16;
};
// creates code lengths from a frequency table
var hTree = function (d, mb) {
    // Need extra info to make a tree
    var t = [];
    for (var i = 0; i < d.length; ++i) {
        if (d[i])
            t.push({ s: i, f: d[i] });
    }
    var s = t.length;
    var t2 = t.slice();
    if (!s)
        return { t: et, l: 0 };
    if (s == 1) {
        var v = new u8(t[0].s + 1);
        v[t[0].s] = 1;
        return { t: v, l: 1 };
    }
    t.sort(function (a, b) { return a.f - b.f; });
    // after i2 reaches last ind, will be stopped
    // freq must be greater than largest possible number of symbols
    t.push({ s: -1, f: 25001 });
    var l = t[0], r = t[1], i0 = 0, i1 = 1, i2 = 2;
    t[0] = { s: -1, f: l.f + r.f, l: l, r: r };
    // efficient algorithm from UZIP.js
    // i0 is lookbehind, i2 is lookahead - after processing two low-freq
    // symbols that combined have high freq, will start processing i2 (high-freq,
    // non-composite) symbols instead
    // see https://reddit.com/r/photopea/comments/ikekht/uzipjs_questions/
    while (i1 != s - 1) {
        l = t[t[i0].f < t[i2].f ? i0++ : i2++];
        r = t[i0 != i1 && t[i0].f < t[i2].f ? i0++ : i2++];
        t[i1++] = { s: -1, f: l.f + r.f, l: l, r: r };
    }
    var maxSym = t2[0].s;
    for (var i = 1; i < s; ++i) {
        if (t2[i].s > maxSym)
            maxSym = t2[i].s;
    }
    // code lengths
    var tr = new u16(maxSym + 1);
    // max bits in tree
    var mbt = ln(t[i1 - 1], tr, 0);
    if (mbt > mb) {
        // more algorithms from UZIP.js
        // TODO: find out how this code works (debt)
        //  ind    debt
        var i = 0, dt = 0;
        //    left            cost
        var lft = mbt - mb, cst = 1 << lft;
        t2.sort(function (a, b) { return tr[b.s] - tr[a.s] || a.f - b.f; });
        for (; i < s; ++i) {
            var i2_1 = t2[i].s;
            if (tr[i2_1] > mb) {
                dt += cst - (1 << (mbt - tr[i2_1]));
                tr[i2_1] = mb;
            }
            else
                break;
        }
        dt >>= lft;
        while (dt > 0) {
            var i2_2 = t2[i].s;
            if (tr[i2_2] < mb)
                dt -= 1 << (mb - tr[i2_2]++ - 1);
            else
                ++i;
        }
        for (; i >= 0 && dt; --i) {
            var i2_3 = t2[i].s;
            if (tr[i2_3] == mb) {
                --tr[i2_3];
                ++dt;
            }
        }
        mbt = mb;
    }
    return { t: new u8(tr), l: mbt };
};
// get the max length and assign length codes
var ln = function (n, l, d) {
    return n.s == -1
        ? Math.max(ln(n.l, l, d + 1), ln(n.r, l, d + 1))
        : (l[n.s] = d);
};
// length codes generation
var lc = function (c) {
    var s = c.length;
    // Note that the semicolon was intentional
    while (s && !c[--s])
        ;
    var cl = new u16(++s);
    //  ind      num         streak
    var cli = 0, cln = c[0], cls = 1;
    var w = function (v) { cl[cli++] = v; };
    for (var i = 1; i <= s; ++i) {
        if (c[i] == cln && i != s)
            ++cls;
        else {
            if (!cln && cls > 2) {
                for (; cls > 138; cls -= 138)
                    w(32754);
                if (cls > 2) {
                    w(cls > 10 ? ((cls - 11) << 5) | 28690 : ((cls - 3) << 5) | 12305);
                    cls = 0;
                }
            }
            else if (cls > 3) {
                w(cln), --cls;
                for (; cls > 6; cls -= 6)
                    w(8304);
                if (cls > 2)
                    w(((cls - 3) << 5) | 8208), cls = 0;
            }
            while (cls--)
                w(cln);
            cls = 1;
            cln = c[i];
        }
    }
    return { c: cl.subarray(0, cli), n: s };
};
// calculate the length of output from tree, code lengths
var clen = function (cf, cl) {
    var l = 0;
    for (var i = 0; i < cl.length; ++i)
        l += cf[i] * cl[i];
    return l;
};
// writes a fixed block
// returns the new bit pos
var wfblk = function (out, pos, dat) {
    // no need to write 00 as type: TypedArray defaults to 0
    var s = dat.length;
    var o = shft(pos + 2);
    out[o] = s & 255;
    out[o + 1] = s >> 8;
    out[o + 2] = out[o] ^ 255;
    out[o + 3] = out[o + 1] ^ 255;
    for (var i = 0; i < s; ++i)
        out[o + i + 4] = dat[i];
    return (o + 4 + s) * 8;
};
// writes a block
var wblk = function (dat, out, final, syms, lf, df, eb, li, bs, bl, p) {
    wbits(out, p++, final);
    ++lf[256];
    var _a = hTree(lf, 15), dlt = _a.t, mlb = _a.l;
    var _b = hTree(df, 15), ddt = _b.t, mdb = _b.l;
    var _c = lc(dlt), lclt = _c.c, nlc = _c.n;
    var _d = lc(ddt), lcdt = _d.c, ndc = _d.n;
    var lcfreq = new u16(19);
    for (var i = 0; i < lclt.length; ++i)
        ++lcfreq[lclt[i] & 31];
    for (var i = 0; i < lcdt.length; ++i)
        ++lcfreq[lcdt[i] & 31];
    var _e = hTree(lcfreq, 7), lct = _e.t, mlcb = _e.l;
    var nlcc = 19;
    for (; nlcc > 4 && !lct[clim[nlcc - 1]]; --nlcc)
        ;
    var flen = (bl + 5) << 3;
    var ftlen = clen(lf, flt) + clen(df, fdt) + eb;
    var dtlen = clen(lf, dlt) + clen(df, ddt) + eb + 14 + 3 * nlcc + clen(lcfreq, lct) + 2 * lcfreq[16] + 3 * lcfreq[17] + 7 * lcfreq[18];
    if (bs >= 0 && flen <= ftlen && flen <= dtlen)
        return wfblk(out, p, dat.subarray(bs, bs + bl));
    var lm, ll, dm, dl;
    wbits(out, p, 1 + (dtlen < ftlen)), p += 2;
    if (dtlen < ftlen) {
        lm = hMap(dlt, mlb, 0), ll = dlt, dm = hMap(ddt, mdb, 0), dl = ddt;
        var llm = hMap(lct, mlcb, 0);
        wbits(out, p, nlc - 257);
        wbits(out, p + 5, ndc - 1);
        wbits(out, p + 10, nlcc - 4);
        p += 14;
        for (var i = 0; i < nlcc; ++i)
            wbits(out, p + 3 * i, lct[clim[i]]);
        p += 3 * nlcc;
        var lcts = [lclt, lcdt];
        for (var it = 0; it < 2; ++it) {
            var clct = lcts[it];
            for (var i = 0; i < clct.length; ++i) {
                var len = clct[i] & 31;
                wbits(out, p, llm[len]), p += lct[len];
                if (len > 15)
                    wbits(out, p, (clct[i] >> 5) & 127), p += clct[i] >> 12;
            }
        }
    }
    else {
        lm = flm, ll = flt, dm = fdm, dl = fdt;
    }
    for (var i = 0; i < li; ++i) {
        var sym = syms[i];
        if (sym > 255) {
            var len = (sym >> 18) & 31;
            wbits16(out, p, lm[len + 257]), p += ll[len + 257];
            if (len > 7)
                wbits(out, p, (sym >> 23) & 31), p += fleb[len];
            var dst = sym & 31;
            wbits16(out, p, dm[dst]), p += dl[dst];
            if (dst > 3)
                wbits16(out, p, (sym >> 5) & 8191), p += fdeb[dst];
        }
        else {
            wbits16(out, p, lm[sym]), p += ll[sym];
        }
    }
    wbits16(out, p, lm[256]);
    return p + ll[256];
};
// deflate options (nice << 13) | chain
var deo = /*#__PURE__*/ new i32([65540, 131080, 131088, 131104, 262176, 1048704, 1048832, 2114560, 2117632]);
// empty
var et = /*#__PURE__*/ new u8(0);
// compresses data into a raw DEFLATE buffer
var dflt = function (dat, lvl, plvl, pre, post, st) {
    var s = st.z || dat.length;
    var o = new u8(pre + s + 5 * (1 + Math.ceil(s / 7000)) + post);
    // writing to this writes to the output buffer
    var w = o.subarray(pre, o.length - post);
    var lst = st.l;
    var pos = (st.r || 0) & 7;
    if (lvl) {
        if (pos)
            w[0] = st.r >> 3;
        var opt = deo[lvl - 1];
        var n = opt >> 13, c = opt & 8191;
        var msk_1 = (1 << plvl) - 1;
        //    prev 2-byte val map    curr 2-byte val map
        var prev = st.p || new u16(32768), head = st.h || new u16(msk_1 + 1);
        var bs1_1 = Math.ceil(plvl / 3), bs2_1 = 2 * bs1_1;
        var hsh = function (i) { return (dat[i] ^ (dat[i + 1] << bs1_1) ^ (dat[i + 2] << bs2_1)) & msk_1; };
        // 24576 is an arbitrary number of maximum symbols per block
        // 424 buffer for last block
        var syms = new i32(25000);
        // length/literal freq   distance freq
        var lf = new u16(288), df = new u16(32);
        //  l/lcnt  exbits  index          l/lind  waitdx          blkpos
        var lc_1 = 0, eb = 0, i = st.i || 0, li = 0, wi = st.w || 0, bs = 0;
        for (; i + 2 < s; ++i) {
            // hash value
            var hv = hsh(i);
            // index mod 32768    previous index mod
            var imod = i & 32767, pimod = head[hv];
            prev[imod] = pimod;
            head[hv] = imod;
            // We always should modify head and prev, but only add symbols if
            // this data is not yet processed ("wait" for wait index)
            if (wi <= i) {
                // bytes remaining
                var rem = s - i;
                if ((lc_1 > 7000 || li > 24576) && (rem > 423 || !lst)) {
                    pos = wblk(dat, w, 0, syms, lf, df, eb, li, bs, i - bs, pos);
                    li = lc_1 = eb = 0, bs = i;
                    for (var j = 0; j < 286; ++j)
                        lf[j] = 0;
                    for (var j = 0; j < 30; ++j)
                        df[j] = 0;
                }
                //  len    dist   chain
                var l = 2, d = 0, ch_1 = c, dif = imod - pimod & 32767;
                if (rem > 2 && hv == hsh(i - dif)) {
                    var maxn = Math.min(n, rem) - 1;
                    var maxd = Math.min(32767, i);
                    // max possible length
                    // not capped at dif because decompressors implement "rolling" index population
                    var ml = Math.min(258, rem);
                    while (dif <= maxd && --ch_1 && imod != pimod) {
                        if (dat[i + l] == dat[i + l - dif]) {
                            var nl = 0;
                            for (; nl < ml && dat[i + nl] == dat[i + nl - dif]; ++nl)
                                ;
                            if (nl > l) {
                                l = nl, d = dif;
                                // break out early when we reach "nice" (we are satisfied enough)
                                if (nl > maxn)
                                    break;
                                // now, find the rarest 2-byte sequence within this
                                // length of literals and search for that instead.
                                // Much faster than just using the start
                                var mmd = Math.min(dif, nl - 2);
                                var md = 0;
                                for (var j = 0; j < mmd; ++j) {
                                    var ti = i - dif + j & 32767;
                                    var pti = prev[ti];
                                    var cd = ti - pti & 32767;
                                    if (cd > md)
                                        md = cd, pimod = ti;
                                }
                            }
                        }
                        // check the previous match
                        imod = pimod, pimod = prev[imod];
                        dif += imod - pimod & 32767;
                    }
                }
                // d will be nonzero only when a match was found
                if (d) {
                    // store both dist and len data in one int32
                    // Make sure this is recognized as a len/dist with 28th bit (2^28)
                    syms[li++] = 268435456 | (revfl[l] << 18) | revfd[d];
                    var lin = revfl[l] & 31, din = revfd[d] & 31;
                    eb += fleb[lin] + fdeb[din];
                    ++lf[257 + lin];
                    ++df[din];
                    wi = i + l;
                    ++lc_1;
                }
                else {
                    syms[li++] = dat[i];
                    ++lf[dat[i]];
                }
            }
        }
        for (i = Math.max(i, wi); i < s; ++i) {
            syms[li++] = dat[i];
            ++lf[dat[i]];
        }
        pos = wblk(dat, w, lst, syms, lf, df, eb, li, bs, i - bs, pos);
        if (!lst) {
            st.r = (pos & 7) | w[(pos / 8) | 0] << 3;
            // shft(pos) now 1 less if pos & 7 != 0
            pos -= 7;
            st.h = head, st.p = prev, st.i = i, st.w = wi;
        }
    }
    else {
        for (var i = st.w || 0; i < s + lst; i += 65535) {
            // end
            var e = i + 65535;
            if (e >= s) {
                // write final block
                w[(pos / 8) | 0] = lst;
                e = s;
            }
            pos = wfblk(w, pos + 1, dat.subarray(i, e));
        }
        st.i = s;
    }
    return slc(o, 0, pre + shft(pos) + post);
};
// CRC32 table
var crct = /*#__PURE__*/ (/* unused pure expression or super */ null && ((function () {
    var t = new Int32Array(256);
    for (var i = 0; i < 256; ++i) {
        var c = i, k = 9;
        while (--k)
            c = ((c & 1) && -306674912) ^ (c >>> 1);
        t[i] = c;
    }
    return t;
})()));
// CRC32
var crc = function () {
    var c = -1;
    return {
        p: function (d) {
            // closures have awful performance
            var cr = c;
            for (var i = 0; i < d.length; ++i)
                cr = crct[(cr & 255) ^ d[i]] ^ (cr >>> 8);
            c = cr;
        },
        d: function () { return ~c; }
    };
};
// Adler32
var adler = function () {
    var a = 1, b = 0;
    return {
        p: function (d) {
            // closures have awful performance
            var n = a, m = b;
            var l = d.length | 0;
            for (var i = 0; i != l;) {
                var e = Math.min(i + 2655, l);
                for (; i < e; ++i)
                    m += n += d[i];
                n = (n & 65535) + 15 * (n >> 16), m = (m & 65535) + 15 * (m >> 16);
            }
            a = n, b = m;
        },
        d: function () {
            a %= 65521, b %= 65521;
            return (a & 255) << 24 | (a & 0xFF00) << 8 | (b & 255) << 8 | (b >> 8);
        }
    };
};
;
// deflate with opts
var dopt = function (dat, opt, pre, post, st) {
    if (!st) {
        st = { l: 1 };
        if (opt.dictionary) {
            var dict = opt.dictionary.subarray(-32768);
            var newDat = new u8(dict.length + dat.length);
            newDat.set(dict);
            newDat.set(dat, dict.length);
            dat = newDat;
            st.w = dict.length;
        }
    }
    return dflt(dat, opt.level == null ? 6 : opt.level, opt.mem == null ? (st.l ? Math.ceil(Math.max(8, Math.min(13, Math.log(dat.length))) * 1.5) : 20) : (12 + opt.mem), pre, post, st);
};
// Walmart object spread
var mrg = function (a, b) {
    var o = {};
    for (var k in a)
        o[k] = a[k];
    for (var k in b)
        o[k] = b[k];
    return o;
};
// worker clone
// This is possibly the craziest part of the entire codebase, despite how simple it may seem.
// The only parameter to this function is a closure that returns an array of variables outside of the function scope.
// We're going to try to figure out the variable names used in the closure as strings because that is crucial for workerization.
// We will return an object mapping of true variable name to value (basically, the current scope as a JS object).
// The reason we can't just use the original variable names is minifiers mangling the toplevel scope.
// This took me three weeks to figure out how to do.
var wcln = function (fn, fnStr, td) {
    var dt = fn();
    var st = fn.toString();
    var ks = st.slice(st.indexOf('[') + 1, st.lastIndexOf(']')).replace(/\s+/g, '').split(',');
    for (var i = 0; i < dt.length; ++i) {
        var v = dt[i], k = ks[i];
        if (typeof v == 'function') {
            fnStr += ';' + k + '=';
            var st_1 = v.toString();
            if (v.prototype) {
                // for global objects
                if (st_1.indexOf('[native code]') != -1) {
                    var spInd = st_1.indexOf(' ', 8) + 1;
                    fnStr += st_1.slice(spInd, st_1.indexOf('(', spInd));
                }
                else {
                    fnStr += st_1;
                    for (var t in v.prototype)
                        fnStr += ';' + k + '.prototype.' + t + '=' + v.prototype[t].toString();
                }
            }
            else
                fnStr += st_1;
        }
        else
            td[k] = v;
    }
    return fnStr;
};
var ch = (/* unused pure expression or super */ null && ([]));
// clone bufs
var cbfs = function (v) {
    var tl = [];
    for (var k in v) {
        if (v[k].buffer) {
            tl.push((v[k] = new v[k].constructor(v[k])).buffer);
        }
    }
    return tl;
};
// use a worker to execute code
var wrkr = function (fns, init, id, cb) {
    if (!ch[id]) {
        var fnStr = '', td_1 = {}, m = fns.length - 1;
        for (var i = 0; i < m; ++i)
            fnStr = wcln(fns[i], fnStr, td_1);
        ch[id] = { c: wcln(fns[m], fnStr, td_1), e: td_1 };
    }
    var td = mrg({}, ch[id].e);
    return wk(ch[id].c + ';onmessage=function(e){for(var k in e.data)self[k]=e.data[k];onmessage=' + init.toString() + '}', id, td, cbfs(td), cb);
};
// base async inflate fn
var bInflt = function () { return [u8, u16, i32, fleb, fdeb, clim, fl, fd, flrm, fdrm, rev, ec, hMap, max, bits, bits16, shft, slc, err, inflt, inflateSync, pbf, gopt]; };
var bDflt = function () { return [u8, u16, i32, fleb, fdeb, clim, revfl, revfd, flm, flt, fdm, fdt, rev, deo, et, hMap, wbits, wbits16, hTree, ln, lc, clen, wfblk, wblk, shft, slc, dflt, dopt, deflateSync, pbf]; };
// gzip extra
var gze = function () { return [gzh, gzhl, wbytes, crc, crct]; };
// gunzip extra
var guze = function () { return [gzs, gzl]; };
// zlib extra
var zle = function () { return [zlh, wbytes, adler]; };
// unzlib extra
var zule = function () { return [zls]; };
// post buf
var pbf = function (msg) { return postMessage(msg, [msg.buffer]); };
// get opts
var gopt = function (o) { return o && {
    out: o.size && new u8(o.size),
    dictionary: o.dictionary
}; };
// async helper
var cbify = function (dat, opts, fns, init, id, cb) {
    var w = wrkr(fns, init, id, function (err, dat) {
        w.terminate();
        cb(err, dat);
    });
    w.postMessage([dat, opts], opts.consume ? [dat.buffer] : []);
    return function () { w.terminate(); };
};
// auto stream
var astrm = function (strm) {
    strm.ondata = function (dat, final) { return postMessage([dat, final], [dat.buffer]); };
    return function (ev) {
        if (ev.data[0]) {
            strm.push(ev.data[0], ev.data[1]);
            postMessage([ev.data[0].length]);
        }
        else
            strm.flush(ev.data[1]);
    };
};
// async stream attach
var astrmify = function (fns, strm, opts, init, id, flush, ext) {
    var t;
    var w = wrkr(fns, init, id, function (err, dat) {
        if (err)
            w.terminate(), strm.ondata.call(strm, err);
        else if (!Array.isArray(dat))
            ext(dat);
        else if (dat.length == 1) {
            strm.queuedSize -= dat[0];
            if (strm.ondrain)
                strm.ondrain(dat[0]);
        }
        else {
            if (dat[1])
                w.terminate();
            strm.ondata.call(strm, err, dat[0], dat[1]);
        }
    });
    w.postMessage(opts);
    strm.queuedSize = 0;
    strm.push = function (d, f) {
        if (!strm.ondata)
            err(5);
        if (t)
            strm.ondata(err(4, 0, 1), null, !!f);
        strm.queuedSize += d.length;
        // can fail for cross-realm Uint8Array, but ok - only a small performance penalty
        w.postMessage([d, t = f], d.buffer instanceof ArrayBuffer ? [d.buffer] : []);
    };
    strm.terminate = function () { w.terminate(); };
    if (flush) {
        strm.flush = function (sync) { w.postMessage([0, sync]); };
    }
};
// read 2 bytes
var b2 = function (d, b) { return d[b] | (d[b + 1] << 8); };
// read 4 bytes
var b4 = function (d, b) { return (d[b] | (d[b + 1] << 8) | (d[b + 2] << 16) | (d[b + 3] << 24)) >>> 0; };
// read 8 bytes
var b8 = function (d, b) { return b4(d, b) + (b4(d, b + 4) * 4294967296); };
// write bytes
var wbytes = function (d, b, v) {
    for (; v; ++b)
        d[b] = v, v >>>= 8;
};
// gzip header
var gzh = function (c, o) {
    var fn = o.filename;
    c[0] = 31, c[1] = 139, c[2] = 8, c[8] = o.level < 2 ? 4 : o.level == 9 ? 2 : 0, c[9] = 3; // assume Unix
    if (o.mtime != 0)
        wbytes(c, 4, Math.floor(new Date(o.mtime || Date.now()) / 1000));
    if (fn) {
        c[3] = 8;
        for (var i = 0; i <= fn.length; ++i)
            c[i + 10] = fn.charCodeAt(i);
    }
};
// gzip footer: -8 to -4 = CRC, -4 to -0 is length
// gzip start
var gzs = function (d) {
    if (d[0] != 31 || d[1] != 139 || d[2] != 8)
        err(6, 'invalid gzip data');
    var flg = d[3];
    var st = 10;
    if (flg & 4)
        st += (d[10] | d[11] << 8) + 2;
    for (var zs = (flg >> 3 & 1) + (flg >> 4 & 1); zs > 0; zs -= !d[st++])
        ;
    return st + (flg & 2);
};
// gzip length
var gzl = function (d) {
    var l = d.length;
    return (d[l - 4] | d[l - 3] << 8 | d[l - 2] << 16 | d[l - 1] << 24) >>> 0;
};
// gzip header length
var gzhl = function (o) { return 10 + (o.filename ? o.filename.length + 1 : 0); };
// zlib header
var zlh = function (c, o) {
    var lv = o.level, fl = lv == 0 ? 0 : lv < 6 ? 1 : lv == 9 ? 3 : 2;
    c[0] = 120, c[1] = (fl << 6) | (o.dictionary && 32);
    c[1] |= 31 - ((c[0] << 8) | c[1]) % 31;
    if (o.dictionary) {
        var h = adler();
        h.p(o.dictionary);
        wbytes(c, 2, h.d());
    }
};
// zlib start
var zls = function (d, dict) {
    if ((d[0] & 15) != 8 || (d[0] >> 4) > 7 || ((d[0] << 8 | d[1]) % 31))
        err(6, 'invalid zlib data');
    if ((d[1] >> 5 & 1) == +!dict)
        err(6, 'invalid zlib data: ' + (d[1] & 32 ? 'need' : 'unexpected') + ' dictionary');
    return (d[1] >> 3 & 4) + 2;
};
function StrmOpt(opts, cb) {
    if (typeof opts == 'function')
        cb = opts, opts = {};
    this.ondata = cb;
    return opts;
}
/**
 * Streaming DEFLATE compression
 */
var Deflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Deflate(opts, cb) {
        if (typeof opts == 'function')
            cb = opts, opts = {};
        this.ondata = cb;
        this.o = opts || {};
        this.s = { l: 0, i: 32768, w: 32768, z: 32768 };
        // Buffer length must always be 0 mod 32768 for index calculations to be correct when modifying head and prev
        // 98304 = 32768 (lookback) + 65536 (common chunk size)
        this.b = new u8(98304);
        if (this.o.dictionary) {
            var dict = this.o.dictionary.subarray(-32768);
            this.b.set(dict, 32768 - dict.length);
            this.s.i = 32768 - dict.length;
        }
    }
    Deflate.prototype.p = function (c, f) {
        this.ondata(dopt(c, this.o, 0, 0, this.s), f);
    };
    /**
     * Pushes a chunk to be deflated
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Deflate.prototype.push = function (chunk, final) {
        if (!this.ondata)
            err(5);
        if (this.s.l)
            err(4);
        var endLen = chunk.length + this.s.z;
        if (endLen > this.b.length) {
            if (endLen > 2 * this.b.length - 32768) {
                var newBuf = new u8(endLen & -32768);
                newBuf.set(this.b.subarray(0, this.s.z));
                this.b = newBuf;
            }
            var split = this.b.length - this.s.z;
            this.b.set(chunk.subarray(0, split), this.s.z);
            this.s.z = this.b.length;
            this.p(this.b, false);
            this.b.set(this.b.subarray(-32768));
            this.b.set(chunk.subarray(split), 32768);
            this.s.z = chunk.length - split + 32768;
            this.s.i = 32766, this.s.w = 32768;
        }
        else {
            this.b.set(chunk, this.s.z);
            this.s.z += chunk.length;
        }
        this.s.l = final & 1;
        if (this.s.z > this.s.w + 8191 || final) {
            this.p(this.b, final || false);
            this.s.w = this.s.i, this.s.i -= 2;
        }
        if (final) {
            // cleanup unneeded buffers/state to reduce memory usage
            this.s = this.o = {};
            this.b = et;
        }
    };
    /**
     * Flushes buffered uncompressed data. Useful to immediately retrieve the
     * deflated output for small inputs.
     * @param sync Whether to flush to a byte boundary. A sync flush takes 4-5
     *             extra bytes, but guarantees all pushed data is immediately
     *             decompressible. A separate DEFLATE stream may be concatenated
     *             with the current output after a sync flush.
     */
    Deflate.prototype.flush = function (sync) {
        if (!this.ondata)
            err(5);
        if (this.s.l)
            err(4);
        this.p(this.b, false);
        this.s.w = this.s.i, this.s.i -= 2;
        // could technically skip writing the type-0 block for (this.s.r & 7) == 0,
        // but the deterministic trailer (00 00 FF FF) is useful in some situations
        if (sync) {
            var c = new u8(6);
            c[0] = this.s.r >> 3;
            // write empty, non-final type-0 block
            var ep = wfblk(c, this.s.r, et);
            this.s.r = 0;
            this.ondata(c.subarray(0, ep >> 3), false);
        }
    };
    return Deflate;
}())));

/**
 * Asynchronous streaming DEFLATE compression
 */
var AsyncDeflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncDeflate(opts, cb) {
        astrmify([
            bDflt,
            function () { return [astrm, Deflate]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Deflate(ev.data);
            onmessage = astrm(strm);
        }, 6, 1);
    }
    return AsyncDeflate;
}())));

function deflate(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bDflt,
    ], function (ev) { return pbf(deflateSync(ev.data[0], ev.data[1])); }, 0, cb);
}
/**
 * Compresses data with DEFLATE without any wrapper
 * @param data The data to compress
 * @param opts The compression options
 * @returns The deflated version of the data
 */
function deflateSync(data, opts) {
    return dopt(data, opts || {}, 0, 0);
}
/**
 * Streaming DEFLATE decompression
 */
var Inflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Inflate(opts, cb) {
        // no StrmOpt here to avoid adding to workerizer
        if (typeof opts == 'function')
            cb = opts, opts = {};
        this.ondata = cb;
        var dict = opts && opts.dictionary && opts.dictionary.subarray(-32768);
        this.s = { i: 0, b: dict ? dict.length : 0 };
        this.o = new u8(32768);
        this.p = new u8(0);
        if (dict)
            this.o.set(dict);
    }
    Inflate.prototype.e = function (c) {
        if (!this.ondata)
            err(5);
        if (this.d)
            err(4);
        if (!this.p.length)
            this.p = c;
        else if (c.length) {
            var n = new u8(this.p.length + c.length);
            n.set(this.p), n.set(c, this.p.length), this.p = n;
        }
    };
    Inflate.prototype.c = function (final) {
        this.s.i = +(this.d = final || false);
        var bts = this.s.b;
        var dt = inflt(this.p, this.s, this.o);
        this.ondata(slc(dt, bts, this.s.b), this.d);
        this.o = slc(dt, this.s.b - 32768), this.s.b = this.o.length;
        this.p = slc(this.p, (this.s.p / 8) | 0), this.s.p &= 7;
    };
    /**
     * Pushes a chunk to be inflated
     * @param chunk The chunk to push
     * @param final Whether this is the final chunk
     */
    Inflate.prototype.push = function (chunk, final) {
        this.e(chunk), this.c(final);
    };
    return Inflate;
}())));

/**
 * Asynchronous streaming DEFLATE decompression
 */
var AsyncInflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncInflate(opts, cb) {
        astrmify([
            bInflt,
            function () { return [astrm, Inflate]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Inflate(ev.data);
            onmessage = astrm(strm);
        }, 7, 0);
    }
    return AsyncInflate;
}())));

function inflate(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bInflt
    ], function (ev) { return pbf(inflateSync(ev.data[0], gopt(ev.data[1]))); }, 1, cb);
}
function inflateSync(data, opts) {
    return inflt(data, { i: 2 }, opts && opts.out, opts && opts.dictionary);
}
// before you yell at me for not just using extends, my reason is that TS inheritance is hard to workerize.
/**
 * Streaming GZIP compression
 */
var Gzip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Gzip(opts, cb) {
        this.c = crc();
        this.l = 0;
        this.v = 1;
        Deflate.call(this, opts, cb);
    }
    /**
     * Pushes a chunk to be GZIPped
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Gzip.prototype.push = function (chunk, final) {
        this.c.p(chunk);
        this.l += chunk.length;
        Deflate.prototype.push.call(this, chunk, final);
    };
    Gzip.prototype.p = function (c, f) {
        var raw = dopt(c, this.o, this.v && gzhl(this.o), f && 8, this.s);
        if (this.v)
            gzh(raw, this.o), this.v = 0;
        if (f)
            wbytes(raw, raw.length - 8, this.c.d()), wbytes(raw, raw.length - 4, this.l);
        this.ondata(raw, f);
    };
    /**
     * Flushes buffered uncompressed data. Useful to immediately retrieve the
     * GZIPped output for small inputs.
     * @param sync Whether to flush to a byte boundary. A sync flush takes 4-5
     *             extra bytes, but guarantees all pushed data is immediately
     *             decompressible.
     */
    Gzip.prototype.flush = function (sync) {
        Deflate.prototype.flush.call(this, sync);
    };
    return Gzip;
}())));

/**
 * Asynchronous streaming GZIP compression
 */
var AsyncGzip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncGzip(opts, cb) {
        astrmify([
            bDflt,
            gze,
            function () { return [astrm, Deflate, Gzip]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Gzip(ev.data);
            onmessage = astrm(strm);
        }, 8, 1);
    }
    return AsyncGzip;
}())));

function gzip(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bDflt,
        gze,
        function () { return [gzipSync]; }
    ], function (ev) { return pbf(gzipSync(ev.data[0], ev.data[1])); }, 2, cb);
}
/**
 * Compresses data with GZIP
 * @param data The data to compress
 * @param opts The compression options
 * @returns The gzipped version of the data
 */
function gzipSync(data, opts) {
    if (!opts)
        opts = {};
    var c = crc(), l = data.length;
    c.p(data);
    var d = dopt(data, opts, gzhl(opts), 8), s = d.length;
    return gzh(d, opts), wbytes(d, s - 8, c.d()), wbytes(d, s - 4, l), d;
}
/**
 * Streaming single or multi-member GZIP decompression
 */
var Gunzip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Gunzip(opts, cb) {
        this.v = 1;
        this.r = 0;
        Inflate.call(this, opts, cb);
    }
    /**
     * Pushes a chunk to be GUNZIPped
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Gunzip.prototype.push = function (chunk, final) {
        Inflate.prototype.e.call(this, chunk);
        this.r += chunk.length;
        if (this.v) {
            var p = this.p.subarray(this.v - 1);
            var s = p.length > 3 ? gzs(p) : 4;
            if (s > p.length) {
                if (!final)
                    return;
            }
            else if (this.v > 1 && this.onmember) {
                this.onmember(this.r - p.length);
            }
            this.p = p.subarray(s), this.v = 0;
        }
        // necessary to prevent TS from using the closure value
        // This allows for workerization to function correctly
        Inflate.prototype.c.call(this, 0);
        // process concatenated GZIP
        if (this.s.f && !this.s.l) {
            this.v = shft(this.s.p) + 9;
            this.s = { i: 0 };
            this.o = new u8(0);
            this.push(new u8(0), final);
        }
        else if (final) {
            Inflate.prototype.c.call(this, final);
        }
    };
    return Gunzip;
}())));

/**
 * Asynchronous streaming single or multi-member GZIP decompression
 */
var AsyncGunzip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncGunzip(opts, cb) {
        var _this = this;
        astrmify([
            bInflt,
            guze,
            function () { return [astrm, Inflate, Gunzip]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Gunzip(ev.data);
            strm.onmember = function (offset) { return postMessage(offset); };
            onmessage = astrm(strm);
        }, 9, 0, function (offset) { return _this.onmember && _this.onmember(offset); });
    }
    return AsyncGunzip;
}())));

function gunzip(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bInflt,
        guze,
        function () { return [gunzipSync]; }
    ], function (ev) { return pbf(gunzipSync(ev.data[0], ev.data[1])); }, 3, cb);
}
function gunzipSync(data, opts) {
    var st = gzs(data);
    if (st + 8 > data.length)
        err(6, 'invalid gzip data');
    return inflt(data.subarray(st, -8), { i: 2 }, opts && opts.out || new u8(gzl(data)), opts && opts.dictionary);
}
/**
 * Streaming Zlib compression
 */
var Zlib = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Zlib(opts, cb) {
        this.c = adler();
        this.v = 1;
        Deflate.call(this, opts, cb);
    }
    /**
     * Pushes a chunk to be zlibbed
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Zlib.prototype.push = function (chunk, final) {
        this.c.p(chunk);
        Deflate.prototype.push.call(this, chunk, final);
    };
    Zlib.prototype.p = function (c, f) {
        var raw = dopt(c, this.o, this.v && (this.o.dictionary ? 6 : 2), f && 4, this.s);
        if (this.v)
            zlh(raw, this.o), this.v = 0;
        if (f)
            wbytes(raw, raw.length - 4, this.c.d());
        this.ondata(raw, f);
    };
    /**
     * Flushes buffered uncompressed data. Useful to immediately retrieve the
     * zlibbed output for small inputs.
     * @param sync Whether to flush to a byte boundary. A sync flush takes 4-5
     *             extra bytes, but guarantees all pushed data is immediately
     *             decompressible.
     */
    Zlib.prototype.flush = function (sync) {
        Deflate.prototype.flush.call(this, sync);
    };
    return Zlib;
}())));

/**
 * Asynchronous streaming Zlib compression
 */
var AsyncZlib = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncZlib(opts, cb) {
        astrmify([
            bDflt,
            zle,
            function () { return [astrm, Deflate, Zlib]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Zlib(ev.data);
            onmessage = astrm(strm);
        }, 10, 1);
    }
    return AsyncZlib;
}())));

function zlib(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bDflt,
        zle,
        function () { return [zlibSync]; }
    ], function (ev) { return pbf(zlibSync(ev.data[0], ev.data[1])); }, 4, cb);
}
/**
 * Compress data with Zlib
 * @param data The data to compress
 * @param opts The compression options
 * @returns The zlib-compressed version of the data
 */
function zlibSync(data, opts) {
    if (!opts)
        opts = {};
    var a = adler();
    a.p(data);
    var d = dopt(data, opts, opts.dictionary ? 6 : 2, 4);
    return zlh(d, opts), wbytes(d, d.length - 4, a.d()), d;
}
/**
 * Streaming Zlib decompression
 */
var Unzlib = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Unzlib(opts, cb) {
        Inflate.call(this, opts, cb);
        this.v = opts && opts.dictionary ? 2 : 1;
    }
    /**
     * Pushes a chunk to be unzlibbed
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Unzlib.prototype.push = function (chunk, final) {
        Inflate.prototype.e.call(this, chunk);
        if (this.v) {
            if (this.p.length < 6 && !final)
                return;
            this.p = this.p.subarray(zls(this.p, this.v - 1)), this.v = 0;
        }
        if (final) {
            if (this.p.length < 4)
                err(6, 'invalid zlib data');
            this.p = this.p.subarray(0, -4);
        }
        // necessary to prevent TS from using the closure value
        // This allows for workerization to function correctly
        Inflate.prototype.c.call(this, final);
    };
    return Unzlib;
}())));

/**
 * Asynchronous streaming Zlib decompression
 */
var AsyncUnzlib = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncUnzlib(opts, cb) {
        astrmify([
            bInflt,
            zule,
            function () { return [astrm, Inflate, Unzlib]; }
        ], this, StrmOpt.call(this, opts, cb), function (ev) {
            var strm = new Unzlib(ev.data);
            onmessage = astrm(strm);
        }, 11, 0);
    }
    return AsyncUnzlib;
}())));

function unzlib(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return cbify(data, opts, [
        bInflt,
        zule,
        function () { return [unzlibSync]; }
    ], function (ev) { return pbf(unzlibSync(ev.data[0], gopt(ev.data[1]))); }, 5, cb);
}
function unzlibSync(data, opts) {
    return inflt(data.subarray(zls(data, opts && opts.dictionary), -4), { i: 2 }, opts && opts.out, opts && opts.dictionary);
}
// Default algorithm for compression (used because having a known output size allows faster decompression)


/**
 * Streaming GZIP, Zlib, or raw DEFLATE decompression
 */
var Decompress = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function Decompress(opts, cb) {
        this.o = StrmOpt.call(this, opts, cb) || {};
        this.G = Gunzip;
        this.I = Inflate;
        this.Z = Unzlib;
    }
    // init substream
    // overriden by AsyncDecompress
    Decompress.prototype.i = function () {
        var _this = this;
        this.s.ondata = function (dat, final) {
            _this.ondata(dat, final);
        };
    };
    /**
     * Pushes a chunk to be decompressed
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Decompress.prototype.push = function (chunk, final) {
        if (!this.ondata)
            err(5);
        if (!this.s) {
            if (this.p && this.p.length) {
                var n = new u8(this.p.length + chunk.length);
                n.set(this.p), n.set(chunk, this.p.length);
            }
            else
                this.p = chunk;
            if (this.p.length > 2) {
                this.s = (this.p[0] == 31 && this.p[1] == 139 && this.p[2] == 8)
                    ? new this.G(this.o)
                    : ((this.p[0] & 15) != 8 || (this.p[0] >> 4) > 7 || ((this.p[0] << 8 | this.p[1]) % 31))
                        ? new this.I(this.o)
                        : new this.Z(this.o);
                this.i();
                this.s.push(this.p, final);
                this.p = null;
            }
        }
        else
            this.s.push(chunk, final);
    };
    return Decompress;
}())));

/**
 * Asynchronous streaming GZIP, Zlib, or raw DEFLATE decompression
 */
var AsyncDecompress = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function AsyncDecompress(opts, cb) {
        Decompress.call(this, opts, cb);
        this.queuedSize = 0;
        this.G = AsyncGunzip;
        this.I = AsyncInflate;
        this.Z = AsyncUnzlib;
    }
    AsyncDecompress.prototype.i = function () {
        var _this = this;
        this.s.ondata = function (err, dat, final) {
            _this.ondata(err, dat, final);
        };
        this.s.ondrain = function (size) {
            _this.queuedSize -= size;
            if (_this.ondrain)
                _this.ondrain(size);
        };
    };
    /**
     * Pushes a chunk to be decompressed
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    AsyncDecompress.prototype.push = function (chunk, final) {
        this.queuedSize += chunk.length;
        Decompress.prototype.push.call(this, chunk, final);
    };
    return AsyncDecompress;
}())));

function decompress(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    return (data[0] == 31 && data[1] == 139 && data[2] == 8)
        ? gunzip(data, opts, cb)
        : ((data[0] & 15) != 8 || (data[0] >> 4) > 7 || ((data[0] << 8 | data[1]) % 31))
            ? inflate(data, opts, cb)
            : unzlib(data, opts, cb);
}
/**
 * Expands compressed GZIP, Zlib, or raw DEFLATE data, automatically detecting the format
 * @param data The data to decompress
 * @param opts The decompression options
 * @returns The decompressed version of the data
 */
function decompressSync(data, opts) {
    return (data[0] == 31 && data[1] == 139 && data[2] == 8)
        ? gunzipSync(data, opts)
        : ((data[0] & 15) != 8 || (data[0] >> 4) > 7 || ((data[0] << 8 | data[1]) % 31))
            ? inflateSync(data, opts)
            : unzlibSync(data, opts);
}
// flatten a directory structure
var fltn = function (d, p, t, o) {
    for (var k in d) {
        var val = d[k], n = p + k, op = o;
        if (Array.isArray(val))
            op = mrg(o, val[1]), val = val[0];
        if (ArrayBuffer.isView(val))
            t[n] = [val, op];
        else {
            t[n += '/'] = [new u8(0), op];
            fltn(val, n, t, o);
        }
    }
};
// text encoder
var te = typeof TextEncoder != 'undefined' && /*#__PURE__*/ new TextEncoder();
// text decoder
var td = typeof TextDecoder != 'undefined' && /*#__PURE__*/ new TextDecoder();
// text decoder stream
var tds = 0;
try {
    td.decode(et, { stream: true });
    tds = 1;
}
catch (e) { }
// decode UTF8
var dutf8 = function (d) {
    for (var r = '', i = 0;;) {
        var c = d[i++];
        var eb = (c > 127) + (c > 223) + (c > 239);
        if (i + eb > d.length)
            return { s: r, r: slc(d, i - 1) };
        if (!eb)
            r += String.fromCharCode(c);
        else if (eb == 3) {
            c = ((c & 15) << 18 | (d[i++] & 63) << 12 | (d[i++] & 63) << 6 | (d[i++] & 63)) - 65536,
                r += String.fromCharCode(55296 | (c >> 10), 56320 | (c & 1023));
        }
        else if (eb & 1)
            r += String.fromCharCode((c & 31) << 6 | (d[i++] & 63));
        else
            r += String.fromCharCode((c & 15) << 12 | (d[i++] & 63) << 6 | (d[i++] & 63));
    }
};
/**
 * Streaming UTF-8 decoding
 */
var DecodeUTF8 = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a UTF-8 decoding stream
     * @param cb The callback to call whenever data is decoded
     */
    function DecodeUTF8(cb) {
        this.ondata = cb;
        if (tds)
            this.t = new TextDecoder();
        else
            this.p = et;
    }
    /**
     * Pushes a chunk to be decoded from UTF-8 binary
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    DecodeUTF8.prototype.push = function (chunk, final) {
        if (!this.ondata)
            err(5);
        final = !!final;
        if (this.t) {
            this.ondata(this.t.decode(chunk, { stream: true }), final);
            if (final) {
                if (this.t.decode().length)
                    err(8);
                this.t = null;
            }
            return;
        }
        if (!this.p)
            err(4);
        var dat = new u8(this.p.length + chunk.length);
        dat.set(this.p);
        dat.set(chunk, this.p.length);
        var _a = dutf8(dat), s = _a.s, r = _a.r;
        if (final) {
            if (r.length)
                err(8);
            this.p = null;
        }
        else
            this.p = r;
        this.ondata(s, final);
    };
    return DecodeUTF8;
}())));

/**
 * Streaming UTF-8 encoding
 */
var EncodeUTF8 = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a UTF-8 decoding stream
     * @param cb The callback to call whenever data is encoded
     */
    function EncodeUTF8(cb) {
        this.ondata = cb;
    }
    /**
     * Pushes a chunk to be encoded to UTF-8
     * @param chunk The string data to push
     * @param final Whether this is the last chunk
     */
    EncodeUTF8.prototype.push = function (chunk, final) {
        if (!this.ondata)
            err(5);
        if (this.d)
            err(4);
        this.ondata(strToU8(chunk), this.d = final || false);
    };
    return EncodeUTF8;
}())));

/**
 * Converts a string into a Uint8Array for use with compression/decompression methods
 * @param str The string to encode
 * @param latin1 Whether or not to interpret the data as Latin-1. This should
 *               not need to be true unless decoding a binary string.
 * @returns The string encoded in UTF-8/Latin-1 binary
 */
function strToU8(str, latin1) {
    if (latin1) {
        var ar_1 = new u8(str.length);
        for (var i = 0; i < str.length; ++i)
            ar_1[i] = str.charCodeAt(i);
        return ar_1;
    }
    if (te)
        return te.encode(str);
    var l = str.length;
    var ar = new u8(str.length + (str.length >> 1));
    var ai = 0;
    var w = function (v) { ar[ai++] = v; };
    for (var i = 0; i < l; ++i) {
        if (ai + 5 > ar.length) {
            var n = new u8(ai + 8 + ((l - i) << 1));
            n.set(ar);
            ar = n;
        }
        var c = str.charCodeAt(i);
        if (c < 128 || latin1)
            w(c);
        else if (c < 2048)
            w(192 | (c >> 6)), w(128 | (c & 63));
        else if (c > 55295 && c < 57344)
            c = 65536 + (c & 1023 << 10) | (str.charCodeAt(++i) & 1023),
                w(240 | (c >> 18)), w(128 | ((c >> 12) & 63)), w(128 | ((c >> 6) & 63)), w(128 | (c & 63));
        else
            w(224 | (c >> 12)), w(128 | ((c >> 6) & 63)), w(128 | (c & 63));
    }
    return slc(ar, 0, ai);
}
/**
 * Converts a Uint8Array to a string
 * @param dat The data to decode to string
 * @param latin1 Whether or not to interpret the data as Latin-1. This should
 *               not need to be true unless encoding to binary string.
 * @returns The original UTF-8/Latin-1 string
 */
function strFromU8(dat, latin1) {
    if (latin1) {
        var r = '';
        for (var i = 0; i < dat.length; i += 16384)
            r += String.fromCharCode.apply(null, dat.subarray(i, i + 16384));
        return r;
    }
    else if (td) {
        return td.decode(dat);
    }
    else {
        var _a = dutf8(dat), s = _a.s, r = _a.r;
        if (r.length)
            err(8);
        return s;
    }
}
;
// deflate bit flag
var dbf = function (l) { return l == 1 ? 3 : l < 6 ? 2 : l == 9 ? 1 : 0; };
// skip local zip header
var slzh = function (d, b) { return b + 30 + b2(d, b + 26) + b2(d, b + 28); };
// read zip header
var zh = function (d, b, z) {
    var fnl = b2(d, b + 28), efl = b2(d, b + 30), fn = strFromU8(d.subarray(b + 46, b + 46 + fnl), !(b2(d, b + 8) & 2048)), es = b + 46 + fnl;
    var _a = z64hs(d, es, efl, z, b4(d, b + 20), b4(d, b + 24), b4(d, b + 42)), sc = _a[0], su = _a[1], off = _a[2];
    return [b2(d, b + 10), sc, su, fn, es + efl + b2(d, b + 32), off];
};
// read zip64 header sizes
var z64hs = function (d, b, l, z, sc, su, off) {
    var nsc = sc == 4294967295, nsu = su == 4294967295, noff = off == 4294967295, e = b + l;
    var nf = nsc + nsu + noff;
    if (z && nf) {
        for (; b + 4 < e; b += 4 + b2(d, b + 2)) {
            if (b2(d, b) == 1) {
                return [
                    nsc ? b8(d, b + 4 + 8 * nsu) : sc,
                    nsu ? b8(d, b + 4) : su,
                    noff ? b8(d, b + 4 + 8 * (nsu + nsc)) : off,
                    1
                ];
            }
        }
        // z == 2 for unknown whether or not zip64
        if (z < 2)
            err(13);
    }
    return [sc, su, off, 0];
};
// extra field length
var exfl = function (ex) {
    var le = 0;
    if (ex) {
        for (var k in ex) {
            var l = ex[k].length;
            if (l > 65535)
                err(9);
            le += l + 4;
        }
    }
    return le;
};
// write zip header
var wzh = function (d, b, f, fn, u, c, ce, co) {
    var fl = fn.length, ex = f.extra, col = co && co.length;
    var exl = exfl(ex);
    wbytes(d, b, ce != null ? 0x2014B50 : 0x4034B50), b += 4;
    if (ce != null)
        d[b++] = 20, d[b++] = f.os;
    d[b] = 20, b += 2; // spec compliance? what's that?
    d[b++] = (f.flag << 1) | (c < 0 && 8), d[b++] = u && 8;
    d[b++] = f.compression & 255, d[b++] = f.compression >> 8;
    var dt = new Date(f.mtime == null ? Date.now() : f.mtime), y = dt.getFullYear() - 1980;
    if (y < 0 || y > 119)
        err(10);
    wbytes(d, b, (y << 25) | ((dt.getMonth() + 1) << 21) | (dt.getDate() << 16) | (dt.getHours() << 11) | (dt.getMinutes() << 5) | (dt.getSeconds() >> 1)), b += 4;
    if (c != -1) {
        wbytes(d, b, f.crc);
        wbytes(d, b + 4, c < 0 ? -c - 2 : c);
        wbytes(d, b + 8, f.size);
    }
    wbytes(d, b + 12, fl);
    wbytes(d, b + 14, exl), b += 16;
    if (ce != null) {
        wbytes(d, b, col);
        wbytes(d, b + 6, f.attrs);
        wbytes(d, b + 10, ce), b += 14;
    }
    d.set(fn, b);
    b += fl;
    if (exl) {
        for (var k in ex) {
            var exf = ex[k], l = exf.length;
            wbytes(d, b, +k);
            wbytes(d, b + 2, l);
            d.set(exf, b + 4), b += 4 + l;
        }
    }
    if (col)
        d.set(co, b), b += col;
    return b;
};
// write zip footer (end of central directory)
var wzf = function (o, b, c, d, e) {
    wbytes(o, b, 0x6054B50); // skip disk
    wbytes(o, b + 8, c);
    wbytes(o, b + 10, c);
    wbytes(o, b + 12, d);
    wbytes(o, b + 16, e);
};
/**
 * A pass-through stream to keep data uncompressed in a ZIP archive.
 */
var ZipPassThrough = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a pass-through stream that can be added to ZIP archives
     * @param filename The filename to associate with this data stream
     */
    function ZipPassThrough(filename) {
        this.filename = filename;
        this.c = crc();
        this.size = 0;
        this.compression = 0;
    }
    /**
     * Processes a chunk and pushes to the output stream. You can override this
     * method in a subclass for custom behavior, but by default this passes
     * the data through. You must call this.ondata(err, chunk, final) at some
     * point in this method.
     * @param chunk The chunk to process
     * @param final Whether this is the last chunk
     */
    ZipPassThrough.prototype.process = function (chunk, final) {
        this.ondata(null, chunk, final);
    };
    /**
     * Pushes a chunk to be added. If you are subclassing this with a custom
     * compression algorithm, note that you must push data from the source
     * file only, pre-compression.
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    ZipPassThrough.prototype.push = function (chunk, final) {
        if (!this.ondata)
            err(5);
        this.c.p(chunk);
        this.size += chunk.length;
        if (final)
            this.crc = this.c.d();
        // we shouldn't really do this cast, but properly handling ArrayBufferLike
        // makes the API unergonomic with Buffer
        this.process(chunk, final || false);
    };
    return ZipPassThrough;
}())));

// I don't extend because TypeScript extension adds 1kB of runtime bloat
/**
 * Streaming DEFLATE compression for ZIP archives. Prefer using AsyncZipDeflate
 * for better performance
 */
var ZipDeflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a DEFLATE stream that can be added to ZIP archives
     * @param filename The filename to associate with this data stream
     * @param opts The compression options
     */
    function ZipDeflate(filename, opts) {
        var _this = this;
        if (!opts)
            opts = {};
        ZipPassThrough.call(this, filename);
        this.d = new Deflate(opts, function (dat, final) {
            _this.ondata(null, dat, final);
        });
        this.compression = 8;
        this.flag = dbf(opts.level);
    }
    ZipDeflate.prototype.process = function (chunk, final) {
        try {
            this.d.push(chunk, final);
        }
        catch (e) {
            this.ondata(e, null, final);
        }
    };
    /**
     * Pushes a chunk to be deflated
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    ZipDeflate.prototype.push = function (chunk, final) {
        ZipPassThrough.prototype.push.call(this, chunk, final);
    };
    return ZipDeflate;
}())));

/**
 * Asynchronous streaming DEFLATE compression for ZIP archives
 */
var AsyncZipDeflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates an asynchronous DEFLATE stream that can be added to ZIP archives
     * @param filename The filename to associate with this data stream
     * @param opts The compression options
     */
    function AsyncZipDeflate(filename, opts) {
        var _this = this;
        if (!opts)
            opts = {};
        ZipPassThrough.call(this, filename);
        this.d = new AsyncDeflate(opts, function (err, dat, final) {
            _this.ondata(err, dat, final);
        });
        this.compression = 8;
        this.flag = dbf(opts.level);
        this.terminate = this.d.terminate;
    }
    AsyncZipDeflate.prototype.process = function (chunk, final) {
        this.d.push(chunk, final);
    };
    /**
     * Pushes a chunk to be deflated
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    AsyncZipDeflate.prototype.push = function (chunk, final) {
        ZipPassThrough.prototype.push.call(this, chunk, final);
    };
    return AsyncZipDeflate;
}())));

// TODO: Better tree shaking
/**
 * A zippable archive to which files can incrementally be added
 */
var Zip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates an empty ZIP archive to which files can be added
     * @param cb The callback to call whenever data for the generated ZIP archive
     *           is available
     */
    function Zip(cb) {
        this.ondata = cb;
        this.u = [];
        this.d = 1;
    }
    /**
     * Adds a file to the ZIP archive
     * @param file The file stream to add
     */
    Zip.prototype.add = function (file) {
        var _this = this;
        if (!this.ondata)
            err(5);
        // finishing or finished
        if (this.d & 2)
            this.ondata(err(4 + (this.d & 1) * 8, 0, 1), null, false);
        else {
            var f = strToU8(file.filename), fl_1 = f.length;
            var com = file.comment, o = com && strToU8(com);
            var u = fl_1 != file.filename.length || (o && (com.length != o.length));
            var hl_1 = fl_1 + exfl(file.extra) + 30;
            if (fl_1 > 65535)
                this.ondata(err(11, 0, 1), null, false);
            var header = new u8(hl_1);
            wzh(header, 0, file, f, u, -1);
            var chks_1 = [header];
            var pAll_1 = function () {
                for (var _i = 0, chks_2 = chks_1; _i < chks_2.length; _i++) {
                    var chk = chks_2[_i];
                    _this.ondata(null, chk, false);
                }
                chks_1 = [];
            };
            var tr_1 = this.d;
            this.d = 0;
            var ind_1 = this.u.length;
            var uf_1 = mrg(file, {
                f: f,
                u: u,
                o: o,
                t: function () {
                    if (file.terminate)
                        file.terminate();
                },
                r: function () {
                    pAll_1();
                    if (tr_1) {
                        var nxt = _this.u[ind_1 + 1];
                        if (nxt)
                            nxt.r();
                        else
                            _this.d = 1;
                    }
                    tr_1 = 1;
                }
            });
            var cl_1 = 0;
            file.ondata = function (err, dat, final) {
                if (err) {
                    _this.ondata(err, dat, final);
                    _this.terminate();
                }
                else {
                    cl_1 += dat.length;
                    chks_1.push(dat);
                    if (final) {
                        var dd = new u8(16);
                        wbytes(dd, 0, 0x8074B50);
                        wbytes(dd, 4, file.crc);
                        wbytes(dd, 8, cl_1);
                        wbytes(dd, 12, file.size);
                        chks_1.push(dd);
                        uf_1.c = cl_1, uf_1.b = hl_1 + cl_1 + 16, uf_1.crc = file.crc, uf_1.size = file.size;
                        if (tr_1)
                            uf_1.r();
                        tr_1 = 1;
                    }
                    else if (tr_1)
                        pAll_1();
                }
            };
            this.u.push(uf_1);
        }
    };
    /**
     * Ends the process of adding files and prepares to emit the final chunks.
     * This *must* be called after adding all desired files for the resulting
     * ZIP file to work properly.
     */
    Zip.prototype.end = function () {
        var _this = this;
        if (this.d & 2) {
            this.ondata(err(4 + (this.d & 1) * 8, 0, 1), null, true);
            return;
        }
        if (this.d)
            this.e();
        else
            this.u.push({
                r: function () {
                    if (!(_this.d & 1))
                        return;
                    _this.u.splice(-1, 1);
                    _this.e();
                },
                t: function () { }
            });
        this.d = 3;
    };
    Zip.prototype.e = function () {
        var bt = 0, l = 0, tl = 0;
        for (var _i = 0, _a = this.u; _i < _a.length; _i++) {
            var f = _a[_i];
            tl += 46 + f.f.length + exfl(f.extra) + (f.o ? f.o.length : 0);
        }
        var out = new u8(tl + 22);
        for (var _b = 0, _c = this.u; _b < _c.length; _b++) {
            var f = _c[_b];
            wzh(out, bt, f, f.f, f.u, -f.c - 2, l, f.o);
            bt += 46 + f.f.length + exfl(f.extra) + (f.o ? f.o.length : 0), l += f.b;
        }
        wzf(out, bt, this.u.length, tl, l);
        this.ondata(null, out, true);
        this.d = 2;
    };
    /**
     * A method to terminate any internal workers used by the stream. Subsequent
     * calls to add() will fail.
     */
    Zip.prototype.terminate = function () {
        for (var _i = 0, _a = this.u; _i < _a.length; _i++) {
            var f = _a[_i];
            f.t();
        }
        this.d = 2;
    };
    return Zip;
}())));

function zip(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    var r = {};
    fltn(data, '', r, opts);
    var k = Object.keys(r);
    var lft = k.length, o = 0, tot = 0;
    var slft = lft, files = new Array(lft);
    var term = [];
    var tAll = function () {
        for (var i = 0; i < term.length; ++i)
            term[i]();
    };
    var cbd = function (a, b) {
        mt(function () { cb(a, b); });
    };
    mt(function () { cbd = cb; });
    var cbf = function () {
        var out = new u8(tot + 22), oe = o, cdl = tot - o;
        tot = 0;
        for (var i = 0; i < slft; ++i) {
            var f = files[i];
            try {
                var l = f.c.length;
                wzh(out, tot, f, f.f, f.u, l);
                var badd = 30 + f.f.length + exfl(f.extra);
                var loc = tot + badd;
                out.set(f.c, loc);
                wzh(out, o, f, f.f, f.u, l, tot, f.m), o += 16 + badd + (f.m ? f.m.length : 0), tot = loc + l;
            }
            catch (e) {
                return cbd(e, null);
            }
        }
        wzf(out, o, files.length, cdl, oe);
        cbd(null, out);
    };
    if (!lft)
        cbf();
    var _loop_1 = function (i) {
        var fn = k[i];
        var _a = r[fn], file = _a[0], p = _a[1];
        var c = crc(), size = file.length;
        c.p(file);
        var f = strToU8(fn), s = f.length;
        var com = p.comment, m = com && strToU8(com), ms = m && m.length;
        var exl = exfl(p.extra);
        var compression = p.level == 0 ? 0 : 8;
        var cbl = function (e, d) {
            if (e) {
                tAll();
                cbd(e, null);
            }
            else {
                var l = d.length;
                files[i] = mrg(p, {
                    size: size,
                    crc: c.d(),
                    c: d,
                    f: f,
                    m: m,
                    u: s != fn.length || (m && (com.length != ms)),
                    compression: compression
                });
                o += 30 + s + exl + l;
                tot += 76 + 2 * (s + exl) + (ms || 0) + l;
                if (!--lft)
                    cbf();
            }
        };
        if (s > 65535)
            cbl(err(11, 0, 1), null);
        if (!compression)
            cbl(null, file);
        else if (size < 160000) {
            try {
                cbl(null, deflateSync(file, p));
            }
            catch (e) {
                cbl(e, null);
            }
        }
        else
            term.push(deflate(file, p, cbl));
    };
    // Cannot use lft because it can decrease
    for (var i = 0; i < slft; ++i) {
        _loop_1(i);
    }
    return tAll;
}
/**
 * Synchronously creates a ZIP file. Prefer using `zip` for better performance
 * with more than one file.
 * @param data The directory structure for the ZIP archive
 * @param opts The main options, merged with per-file options
 * @returns The generated ZIP archive
 */
function zipSync(data, opts) {
    if (!opts)
        opts = {};
    var r = {};
    var files = [];
    fltn(data, '', r, opts);
    var o = 0;
    var tot = 0;
    for (var fn in r) {
        var _a = r[fn], file = _a[0], p = _a[1];
        var compression = p.level == 0 ? 0 : 8;
        var f = strToU8(fn), s = f.length;
        var com = p.comment, m = com && strToU8(com), ms = m && m.length;
        var exl = exfl(p.extra);
        if (s > 65535)
            err(11);
        var d = compression ? deflateSync(file, p) : file, l = d.length;
        var c = crc();
        c.p(file);
        files.push(mrg(p, {
            size: file.length,
            crc: c.d(),
            c: d,
            f: f,
            m: m,
            u: s != fn.length || (m && (com.length != ms)),
            o: o,
            compression: compression
        }));
        o += 30 + s + exl + l;
        tot += 76 + 2 * (s + exl) + (ms || 0) + l;
    }
    var out = new u8(tot + 22), oe = o, cdl = tot - o;
    for (var i = 0; i < files.length; ++i) {
        var f = files[i];
        wzh(out, f.o, f, f.f, f.u, f.c.length);
        var badd = 30 + f.f.length + exfl(f.extra);
        out.set(f.c, f.o + badd);
        wzh(out, o, f, f.f, f.u, f.c.length, f.o, f.m), o += 16 + badd + (f.m ? f.m.length : 0);
    }
    wzf(out, o, files.length, cdl, oe);
    return out;
}
/**
 * Streaming pass-through decompression for ZIP archives
 */
var UnzipPassThrough = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    function UnzipPassThrough() {
    }
    UnzipPassThrough.prototype.push = function (chunk, final) {
        // same as ZipPassThrough: cast to retain Buffer ergonomics
        this.ondata(null, chunk, final);
    };
    UnzipPassThrough.compression = 0;
    return UnzipPassThrough;
}())));

/**
 * Streaming DEFLATE decompression for ZIP archives. Prefer AsyncZipInflate for
 * better performance.
 */
var UnzipInflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a DEFLATE decompression that can be used in ZIP archives
     */
    function UnzipInflate() {
        var _this = this;
        this.i = new Inflate(function (dat, final) {
            _this.ondata(null, dat, final);
        });
    }
    UnzipInflate.prototype.push = function (chunk, final) {
        try {
            this.i.push(chunk, final);
        }
        catch (e) {
            this.ondata(e, null, final);
        }
    };
    UnzipInflate.compression = 8;
    return UnzipInflate;
}())));

/**
 * Asynchronous streaming DEFLATE decompression for ZIP archives
 */
var AsyncUnzipInflate = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a DEFLATE decompression that can be used in ZIP archives
     */
    function AsyncUnzipInflate(_, sz) {
        var _this = this;
        if (sz < 320000) {
            this.i = new Inflate(function (dat, final) {
                _this.ondata(null, dat, final);
            });
        }
        else {
            this.i = new AsyncInflate(function (err, dat, final) {
                _this.ondata(err, dat, final);
            });
            this.terminate = this.i.terminate;
        }
    }
    AsyncUnzipInflate.prototype.push = function (chunk, final) {
        if (this.i.terminate)
            chunk = slc(chunk, 0);
        this.i.push(chunk, final);
    };
    AsyncUnzipInflate.compression = 8;
    return AsyncUnzipInflate;
}())));

/**
 * A ZIP archive decompression stream that emits files as they are discovered
 */
var Unzip = /*#__PURE__*/ ((/* unused pure expression or super */ null && (function () {
    /**
     * Creates a ZIP decompression stream
     * @param cb The callback to call whenever a file in the ZIP archive is found
     */
    function Unzip(cb) {
        this.onfile = cb;
        this.k = [];
        this.o = {
            0: UnzipPassThrough
        };
        this.p = et;
    }
    /**
     * Pushes a chunk to be unzipped
     * @param chunk The chunk to push
     * @param final Whether this is the last chunk
     */
    Unzip.prototype.push = function (chunk, final) {
        var _this = this;
        if (!this.onfile)
            err(5);
        if (!this.p)
            err(4);
        if (this.c > 0) {
            var len = Math.min(this.c, chunk.length);
            var toAdd = chunk.subarray(0, len);
            this.c -= len;
            if (this.d)
                this.d.push(toAdd, !this.c);
            else
                this.k[0].push(toAdd);
            chunk = chunk.subarray(len);
            if (chunk.length)
                return this.push(chunk, final);
        }
        else {
            var f = 0, i = 0, is = void 0, buf = void 0;
            if (!this.p.length)
                buf = chunk;
            else if (!chunk.length)
                buf = this.p;
            else {
                buf = new u8(this.p.length + chunk.length);
                buf.set(this.p), buf.set(chunk, this.p.length);
            }
            var l = buf.length, oc = this.c, add = oc && this.d;
            var _loop_2 = function () {
                var sig = b4(buf, i);
                if (sig == 0x4034B50) {
                    f = 1, is = i;
                    this_1.d = null;
                    this_1.c = 0;
                    var bf = b2(buf, i + 6), cmp_1 = b2(buf, i + 8), u = bf & 2048, dd = bf & 8, fnl = b2(buf, i + 26), es = b2(buf, i + 28);
                    if (l > i + 30 + fnl + es) {
                        var chks_3 = [];
                        this_1.k.unshift(chks_3);
                        f = 2;
                        var lsc = b4(buf, i + 18), lsu = b4(buf, i + 22);
                        var fn_1 = strFromU8(buf.subarray(i + 30, i += 30 + fnl), !u);
                        var _a = z64hs(buf, i, es, 2, lsc, lsu, 0), sc_1 = _a[0], su_1 = _a[1], z64 = _a[3];
                        if (dd)
                            sc_1 = -1 - z64;
                        i += es;
                        this_1.c = sc_1;
                        var d_1;
                        var file_1 = {
                            name: fn_1,
                            compression: cmp_1,
                            start: function () {
                                if (!file_1.ondata)
                                    err(5);
                                if (!sc_1)
                                    file_1.ondata(null, et, true);
                                else {
                                    var ctr = _this.o[cmp_1];
                                    if (!ctr)
                                        file_1.ondata(err(14, 'unknown compression type ' + cmp_1, 1), null, false);
                                    d_1 = sc_1 < 0 ? new ctr(fn_1) : new ctr(fn_1, sc_1, su_1);
                                    d_1.ondata = function (err, dat, final) { file_1.ondata(err, dat, final); };
                                    for (var _i = 0, chks_4 = chks_3; _i < chks_4.length; _i++) {
                                        var dat = chks_4[_i];
                                        d_1.push(dat, false);
                                    }
                                    if (_this.k[0] == chks_3 && _this.c)
                                        _this.d = d_1;
                                    else
                                        d_1.push(et, true);
                                }
                            },
                            terminate: function () {
                                if (d_1 && d_1.terminate)
                                    d_1.terminate();
                            }
                        };
                        if (sc_1 >= 0)
                            file_1.size = sc_1, file_1.originalSize = su_1;
                        this_1.onfile(file_1);
                    }
                    return "break";
                }
                else if (oc) {
                    if (sig == 0x8074B50) {
                        is = i += 12 + (oc == -2 && 8), f = 3, this_1.c = 0;
                        return "break";
                    }
                    else if (sig == 0x2014B50) {
                        is = i -= 4, f = 3, this_1.c = 0;
                        return "break";
                    }
                }
            };
            var this_1 = this;
            for (; i < l - 4; ++i) {
                var state_1 = _loop_2();
                if (state_1 === "break")
                    break;
            }
            this.p = et;
            if (oc < 0) {
                var dat = f ? buf.subarray(0, is - 12 - (oc == -2 && 8) - (b4(buf, is - 16) == 0x8074B50 && 4)) : buf.subarray(0, i);
                if (add)
                    add.push(dat, !!f);
                else
                    this.k[+(f == 2)].push(dat);
            }
            if (f & 2)
                return this.push(buf.subarray(i), final);
            this.p = buf.subarray(i);
        }
        if (final) {
            if (this.c)
                err(13);
            this.p = null;
        }
    };
    /**
     * Registers a decoder with the stream, allowing for files compressed with
     * the compression type provided to be expanded correctly
     * @param decoder The decoder constructor
     */
    Unzip.prototype.register = function (decoder) {
        this.o[decoder.compression] = decoder;
    };
    return Unzip;
}())));

var mt = typeof queueMicrotask == 'function' ? queueMicrotask : typeof setTimeout == 'function' ? setTimeout : function (fn) { fn(); };
function unzip(data, opts, cb) {
    if (!cb)
        cb = opts, opts = {};
    if (typeof cb != 'function')
        err(7);
    var term = [];
    var tAll = function () {
        for (var i = 0; i < term.length; ++i)
            term[i]();
    };
    var files = {};
    var cbd = function (a, b) {
        mt(function () { cb(a, b); });
    };
    mt(function () { cbd = cb; });
    var e = data.length - 22;
    for (; b4(data, e) != 0x6054B50; --e) {
        if (!e || data.length - e > 65558) {
            cbd(err(13, 0, 1), null);
            return tAll;
        }
    }
    ;
    var lft = b2(data, e + 8);
    if (lft) {
        var c = lft;
        var o = b4(data, e + 16);
        var z = b4(data, e - 20) == 0x7064B50;
        if (z) {
            var ze = b4(data, e - 12);
            z = b4(data, ze) == 0x6064B50;
            if (z) {
                c = lft = b4(data, ze + 32);
                o = b4(data, ze + 48);
            }
        }
        var fltr = opts && opts.filter;
        var _loop_3 = function (i) {
            var _a = zh(data, o, z), c_1 = _a[0], sc = _a[1], su = _a[2], fn = _a[3], no = _a[4], off = _a[5], b = slzh(data, off);
            o = no;
            var cbl = function (e, d) {
                if (e) {
                    tAll();
                    cbd(e, null);
                }
                else {
                    if (d)
                        files[fn] = d;
                    if (!--lft)
                        cbd(null, files);
                }
            };
            if (!fltr || fltr({
                name: fn,
                size: sc,
                originalSize: su,
                compression: c_1
            })) {
                if (!c_1)
                    cbl(null, slc(data, b, b + sc));
                else if (c_1 == 8) {
                    var infl = data.subarray(b, b + sc);
                    // Synchronously decompress under 512KB, or barely-compressed data
                    if (su < 524288 || sc > 0.8 * su) {
                        try {
                            cbl(null, inflateSync(infl, { out: new u8(su) }));
                        }
                        catch (e) {
                            cbl(e, null);
                        }
                    }
                    else
                        term.push(inflate(infl, { size: su }, cbl));
                }
                else
                    cbl(err(14, 'unknown compression type ' + c_1, 1), null);
            }
            else
                cbl(null, null);
        };
        for (var i = 0; i < c; ++i) {
            _loop_3(i);
        }
    }
    else
        cbd(null, {});
    return tAll;
}
/**
 * Synchronously decompresses a ZIP archive. Prefer using `unzip` for better
 * performance with more than one file.
 * @param data The raw compressed ZIP file
 * @param opts The ZIP extraction options
 * @returns The decompressed files
 */
function unzipSync(data, opts) {
    var files = {};
    var e = data.length - 22;
    for (; b4(data, e) != 0x6054B50; --e) {
        if (!e || data.length - e > 65558)
            err(13);
    }
    ;
    var c = b2(data, e + 8);
    if (!c)
        return {};
    var o = b4(data, e + 16);
    var z = b4(data, e - 20) == 0x7064B50;
    if (z) {
        var ze = b4(data, e - 12);
        z = b4(data, ze) == 0x6064B50;
        if (z) {
            c = b4(data, ze + 32);
            o = b4(data, ze + 48);
        }
    }
    var fltr = opts && opts.filter;
    for (var i = 0; i < c; ++i) {
        var _a = zh(data, o, z), c_2 = _a[0], sc = _a[1], su = _a[2], fn = _a[3], no = _a[4], off = _a[5], b = slzh(data, off);
        o = no;
        if (!fltr || fltr({
            name: fn,
            size: sc,
            originalSize: su,
            compression: c_2
        })) {
            if (!c_2)
                files[fn] = slc(data, b, b + sc);
            else if (c_2 == 8)
                files[fn] = inflateSync(data.subarray(b, b + sc), { out: new u8(su) });
            else
                err(14, 'unknown compression type ' + c_2);
        }
    }
    return files;
}

// EXTERNAL MODULE: external "./valibot.js"
var external_valibot_js_ = __nccwpck_require__(929);
// EXTERNAL MODULE: ./build/src/text/data.js
var data = __nccwpck_require__(765);
;// CONCATENATED MODULE: ./build/outcomes/src/outcome-file.js




/** The largest file that counts. */
const MAX_BYTES = 4096;
/** The largest archive that counts: the file and what an archive adds. */
const MAX_ZIP_BYTES = 16 * 1024;
const MAX_COST_USD = 1e9;
/** The statuses that an outcome file can have. The types tell if one is missing. */
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
    unknown: true,
};
/** The kinds of failure that an outcome file can have; empty if the step succeeded. */
const KINDS = {
    '': true,
    input: true,
    auth: true,
    'not-found': true,
    'rate-limit': true,
    'concurrency-limit': true,
    'daily-limit': true,
    quota: true,
    model: true,
    agent: true,
    sandbox: true,
    network: true,
    server: true,
    github: true,
    timeout: true,
    cancelled: true,
    'needs-input': true,
    paused: true,
    budget: true,
    output: true,
    result: true,
    checks: true,
    unknown: true,
};
/** Returns a check that a text is one of the words, which are the keys. */
const wordOf = (words) => external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.check((word) => Object.hasOwn(words, word)));
const Cost = external_valibot_js_.nullable(external_valibot_js_.pipe(external_valibot_js_.number(), external_valibot_js_.finite(), external_valibot_js_.minValue(0), external_valibot_js_.ltValue(MAX_COST_USD)));
/** The file that `src/step/outcome-file.ts` writes. Later versions may have more members. */
const OutcomeFile = external_valibot_js_.object({
    version: external_valibot_js_.literal(1),
    status: wordOf(STATUSES),
    'failure-kind': wordOf(KINDS),
    'cost-usd': Cost,
    // Earlier versions do not have it.
    'cost-before-usd': external_valibot_js_.optional(Cost, null),
    // No quotes, angle brackets, blanks or controls.
    'conversation-url': external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.regex(/^(?:https?:\/\/[!#-;=?-~]+)?$/)),
    'pull-request-urls': external_valibot_js_.array(external_valibot_js_.string()),
});
/** Returns the outcome in an archive; `undefined` if the archive or any value in its file is not as it should be. */
function stepOutcomeIn(zip, repositoryUrl) {
    const text = onlyTextIn(zip);
    return text === undefined ? undefined : parseOutcomeFile(text, repositoryUrl);
}
/** Returns the text in an archive with one small file; `undefined` for every other archive. */
function onlyTextIn(zip) {
    if (zip.length > MAX_ZIP_BYTES)
        return undefined;
    let count = 0;
    try {
        // The library unpacks into as many bytes as the file's size in the archive, and no more, even if that size is wrong.
        const files = unzipSync(zip, {
            filter: ({ originalSize }) => {
                count += 1;
                return count === 1 && originalSize <= MAX_BYTES;
            },
        });
        const [bytes] = Object.values(files);
        return count === 1 && bytes !== undefined && (0,external_node_buffer_namespaceObject.isUtf8)(bytes) ? new TextDecoder().decode(bytes) : undefined;
    }
    catch {
        return undefined;
    }
}
/**
 * Parses an outcome file; `undefined` if any value is not as it should be.
 *
 * @param repositoryUrl the address of the repository, without a trailing slash
 */
function parseOutcomeFile(text, repositoryUrl) {
    const parsed = external_valibot_js_.safeParse(OutcomeFile, (0,data/* parseJson */.qF)(text)?.value);
    if (!parsed.success)
        return undefined;
    const file = parsed.output;
    const urls = file['pull-request-urls'];
    const pullRequests = urls
        .map((url) => pullRequestIn(url, repositoryUrl))
        .filter((number) => number !== undefined);
    const hasOtherUrls = pullRequests.length < urls.length;
    if (hasOtherUrls)
        return undefined;
    return {
        status: file.status,
        failureKind: file['failure-kind'],
        costUsd: file['cost-usd'],
        costBeforeUsd: file['cost-before-usd'],
        conversationUrl: file['conversation-url'],
        pullRequests,
    };
}
/** Returns the number of a pull request of the repository; `undefined` for another address. */
function pullRequestIn(url, repositoryUrl) {
    const here = `${repositoryUrl}/pull/`.toLowerCase();
    const number = url.slice(here.length);
    return url.toLowerCase().startsWith(here) && /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}

// EXTERNAL MODULE: ./build/src/github/octokit.js + 7 modules
var octokit = __nccwpck_require__(485);
// EXTERNAL MODULE: ./build/src/port/interruption.js
var interruption = __nccwpck_require__(658);
;// CONCATENATED MODULE: ./build/outcomes/src/uploads.js





/** Source: https://docs.github.com/rest/actions/artifacts */
const Artifact = external_valibot_js_.object({
    id: external_valibot_js_.number(),
    name: external_valibot_js_.string(),
    size_in_bytes: external_valibot_js_.number(),
    expired: external_valibot_js_.boolean(),
    created_at: external_valibot_js_.nullish(external_valibot_js_.string(), ''),
    expires_at: external_valibot_js_.nullish(external_valibot_js_.string(), ''),
    workflow_run: external_valibot_js_.nullish(external_valibot_js_.object({ id: external_valibot_js_.nullish(external_valibot_js_.number()) })),
});
/** Source: https://docs.github.com/rest/actions/workflow-runs. The head repository is null if the fork was deleted. */
const Run = external_valibot_js_.object({
    id: external_valibot_js_.number(),
    name: external_valibot_js_.nullish(external_valibot_js_.string(), ''),
    created_at: external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.isoTimestamp()),
    repository: external_valibot_js_.object({ id: external_valibot_js_.number() }),
    head_repository: external_valibot_js_.nullish(external_valibot_js_.object({ id: external_valibot_js_.number() })),
});
/** The longest name of a workflow in the report. */
const MAX_NAME_LENGTH = 100;
const NAME = /^openhands-outcome-[0-9a-f-]+$/;
/** Whether an artifact has the name of an outcome file. */
function isOutcomeFile({ name }) {
    return NAME.test(name);
}
/**
 * Joins artifacts with their runs. Returns the outcome files of the workflows, those of the oldest run first.
 *
 * @param workflows the names of the workflows; all if it is empty.
 */
function uploadsIn(artifacts, runs, workflows) {
    const byId = new Map(runs.map((run) => [run.id, run]));
    return artifacts
        .filter(isOutcomeFile)
        .flatMap(({ id, size_in_bytes, expired, created_at, expires_at, workflow_run }) => {
        const run = byId.get(workflow_run?.id ?? -1);
        if (run === undefined || (workflows.length > 0 && !workflows.includes(run.name)))
            return [];
        const isOfFork = run.head_repository?.id !== run.repository.id;
        const isTooLarge = size_in_bytes > MAX_ZIP_BYTES;
        const workflow = (0,safe/* shorten */.ml)(run.name, MAX_NAME_LENGTH);
        const days = Math.round((Date.parse(expires_at) - Date.parse(created_at)) / DAY_MS);
        const keptDays = Number.isNaN(days) ? MAX_DAYS : days;
        const date = run.created_at;
        return [{ id, run: run.id, workflow, date, isOfFork, isTooLarge, isExpired: expired, keptDays }];
    })
        .toSorted((a, b) => a.date.localeCompare(b.date) || a.id - b.id);
}
/** Whether the repository keeps outcome files for at least `days` days. `uploads`: its own; without any, it keeps them as run.yml asks for. */
function areKeptFor(days, uploads) {
    return uploads.length === 0 ? days <= MAX_DAYS : uploads.every(({ keptDays }) => keptDays >= days);
}

;// CONCATENATED MODULE: ./build/outcomes/src/requests.js






const PER_PAGE = 100;
/** How many pages are read. Of repositories, more than a report has: archived ones and forks among them do not count. */
const MAX_PAGES = { repositories: 20, artifacts: 20, runs: 10, pulls: 3 };
function hasFailed(answer) {
    return answer instanceof failure/* GitHubFailure */.iK || (0,interruption/* isDeadline */.vh)(answer);
}
/** Returns the answer to a request or why it failed, as {@link Failed} says. */
async function attempt(request) {
    return request.catch((error) => {
        if (hasFailed(error))
            return error;
        throw error;
    });
}
const Repository = external_valibot_js_.object({ private: external_valibot_js_.boolean() });
/** Whether a repository is private or internal. Source: https://docs.github.com/rest/repos/repos */
async function isPrivate(repository, { rest }) {
    const goal = 'read the repository';
    const route = 'GET /repos/{owner}/{repo}';
    const request = rest({ goal, route, parameters: (0,octokit/* ownerAndRepo */.H5)(repository), shape: Repository });
    const answer = await attempt(request);
    return hasFailed(answer) ? answer : answer.private;
}
const Listed = external_valibot_js_.object({
    full_name: external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.regex(/^[\w.-]+\/[\w.-]+$/)),
    private: external_valibot_js_.boolean(),
    archived: external_valibot_js_.nullish(external_valibot_js_.boolean(), false),
    fork: external_valibot_js_.boolean(),
});
/** Lists the repositories of an organization that the token can see. Source: https://docs.github.com/rest/repos/repos */
async function listRepositories(org, { rest }) {
    const listed = [];
    for (let page = 1; page <= MAX_PAGES.repositories; page += 1) {
        const answer = await attempt(rest({
            goal: 'list the repositories of the organization',
            route: 'GET /orgs/{org}/repos',
            parameters: { org, sort: 'full_name', direction: 'asc', per_page: PER_PAGE, page },
            shape: external_valibot_js_.array(Listed),
        }));
        if (hasFailed(answer))
            return answer;
        listed.push(...answer);
        if (answer.length < PER_PAGE)
            break;
    }
    return listed;
}
const Artifacts = external_valibot_js_.object({ total_count: external_valibot_js_.number(), artifacts: external_valibot_js_.array(Artifact) });
/** Lists all artifacts uploaded since `since`, an ISO timestamp, and maybe older ones. Source: https://docs.github.com/rest/actions/artifacts */
async function listArtifacts(repository, since, { rest }) {
    return readPages(MAX_PAGES.artifacts, async (page) => {
        const { total_count, artifacts } = await rest({
            goal: 'list the artifacts',
            route: 'GET /repos/{owner}/{repo}/actions/artifacts',
            parameters: { ...(0,octokit/* ownerAndRepo */.H5)(repository), per_page: PER_PAGE, page },
            shape: Artifacts,
        });
        // A run that counts began after `since`, and uploaded its artifacts later. GitHub lists the newest artifacts first, but does not
        // document that, so all artifacts of the page must be older.
        const isLast = artifacts.every(({ created_at }) => created_at !== '' && created_at < since);
        return { total: total_count, items: artifacts, isLast };
    });
}
const Runs = external_valibot_js_.object({ total_count: external_valibot_js_.number(), workflow_runs: external_valibot_js_.array(Run) });
/**
 * Lists the runs that were created in a time, newest first. Source: https://docs.github.com/rest/actions/workflow-runs
 *
 * @param created the time in the syntax of https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax
 */
async function listRuns(repository, created, { rest }) {
    return readPages(MAX_PAGES.runs, async (page) => {
        const { total_count, workflow_runs } = await rest({
            goal: 'list the runs',
            route: 'GET /repos/{owner}/{repo}/actions/runs',
            parameters: { ...(0,octokit/* ownerAndRepo */.H5)(repository), created, per_page: PER_PAGE, page },
            shape: Runs,
        });
        return { total: total_count, items: workflow_runs, isLast: false };
    });
}
/** Reads at most `most` pages of a list. The first has the number 1. `missing`: how many items are on later pages. */
async function readPages(most, read) {
    // By id: while pages are read, a new item can move others to a later page.
    const items = new Map();
    let total = 0;
    for (let page = 1; page <= most; page += 1) {
        const answer = await attempt(read(page));
        if (hasFailed(answer))
            return answer;
        ({ total } = answer);
        for (const item of answer.items)
            items.set(item.id, item);
        if (answer.isLast || answer.items.length < PER_PAGE)
            return { items: [...items.values()], missing: 0 };
    }
    return { items: [...items.values()], missing: Math.max(total - items.size, 0) };
}
/** Downloads an outcome file in a zip file. Nobody has looked into it. */
async function download(repository, { id }, requests) {
    return attempt(requests.readArtifact(repository, id, MAX_ZIP_BYTES));
}
const Pull = external_valibot_js_.object({
    number: external_valibot_js_.number(),
    state: external_valibot_js_.picklist(['open', 'closed']),
    merged_at: external_valibot_js_.nullish(external_valibot_js_.string()),
});
/**
 * Reads the states of pull requests: from lists, newest first, and the rest one by one. Those that do not exist or cannot be read are
 * not in the result. Source: https://docs.github.com/rest/pulls/pulls
 *
 * @param numbers the highest first: in this order the rest is read, until a request fails.
 */
async function readStates(repository, numbers, { rest }) {
    const parameters = (0,octokit/* ownerAndRepo */.H5)(repository);
    const states = new Map();
    const add = ({ number, state, merged_at }) => {
        states.set(number, merged_at == null ? state : 'merged');
    };
    let missing = numbers;
    // For one, a request of its own is as cheap as a list, and always finds it.
    for (let page = 1; page <= MAX_PAGES.pulls && missing.length > 1; page += 1) {
        const answer = await attempt(rest({
            goal: 'list the pull requests',
            route: 'GET /repos/{owner}/{repo}/pulls',
            parameters: {
                ...parameters,
                state: 'all',
                sort: 'created',
                direction: 'desc',
                per_page: PER_PAGE,
                page,
            },
            shape: external_valibot_js_.array(Pull),
        }));
        if (hasFailed(answer))
            return states;
        answer.forEach(add);
        if (answer.length < PER_PAGE)
            return states;
        const lowest = Math.min(...answer.map(({ number }) => number));
        // The list goes down by number: a higher one that no page had does not exist.
        missing = missing.filter((number) => number < lowest);
    }
    for (const pull_number of missing) {
        const answer = await attempt(rest({
            goal: `read pull request #${pull_number}`,
            route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
            parameters: { ...parameters, pull_number },
            shape: Pull,
        }));
        const isNotFound = answer instanceof failure/* GitHubFailure */.iK && answer.status === 404;
        if (isNotFound)
            continue;
        if (hasFailed(answer))
            return states;
        add(answer);
    }
    return states;
}

;// CONCATENATED MODULE: ./build/outcomes/src/repository.js






/** How many outcome files of a repository are downloaded, and of how many pull requests the state is read: the newest. */
const MAX_DOWNLOADS = 300;
const MAX_PULL_REQUESTS = 200;
const NOTHING_LEFT = {
    runs: 0,
    artifacts: 0,
    outcomes: 0,
    unreadable: 0,
    'too-large': 0,
    'of-forks': 0,
    'pull-requests': 0,
};
/** Returns the reading of a repository of which a request failed. */
function unread(repository, failed) {
    const problem = { words: repository_wordsOf(failed), because: (0,safe/* asClause */.eI)(failed.message) + meaningOf(failed) };
    return { repository, conversations: [], left: NOTHING_LEFT, unreadable: [], problem, stop: stopOf(failed) };
}
/** GitHub answers 404 for what the token may not read, too. */
function meaningOf(failed) {
    return failed instanceof failure/* GitHubFailure */.iK && failed.status === 404
        ? ' (no repository has this name, or the token may not read it)'
        : '';
}
function repository_wordsOf(failed) {
    if (!(failed instanceof failure/* GitHubFailure */.iK))
        return 'not read in time';
    return failed.status > 0 ? `HTTP ${failed.status}` : 'no usable answer';
}
/** Returns the failure if no other request can succeed after it, because the time is up or the token is invalid; else `undefined`. */
function stopOf(failed) {
    const isTimeUp = !(failed instanceof failure/* GitHubFailure */.iK);
    const isTokenInvalid = failed instanceof failure/* GitHubFailure */.iK && failed.status === 401;
    return isTimeUp || isTokenInvalid ? failed : undefined;
}
/** Returns the failure after which no other request could succeed; `undefined` if there was none. */
function stopIn(readings) {
    return readings.find(({ stop }) => stop !== undefined)?.stop;
}
/** Reads the outcomes of a repository, and the states of their pull requests. */
async function readRepository(repository, query, requests) {
    const { period, workflows, gitHubUrl } = query;
    const { since, created, ageDays } = period;
    const artifacts = await listArtifacts(repository, since, requests);
    if (hasFailed(artifacts))
        return unread(repository, artifacts);
    const left = { ...NOTHING_LEFT, artifacts: artifacts.missing };
    // Expired ones of earlier days are listed, too: they do not count.
    const mayHaveOutcomes = artifacts.items.some((each) => isOutcomeFile(each) && (!each.expired || each.created_at >= since));
    if (!mayHaveOutcomes)
        return { repository, conversations: [], left, unreadable: [], isKept: areKeptFor(ageDays, []) };
    const runs = await listRuns(repository, created, requests);
    if (hasFailed(runs))
        return unread(repository, runs);
    const uploads = uploadsIn(artifacts.items, runs.items, workflows);
    // First of all: anybody can upload from a fork, and push the repository's own ones out of the newest.
    const own = uploads.filter(({ isOfFork }) => !isOfFork);
    const large = own.filter(({ isTooLarge }) => isTooLarge);
    const small = own.filter(({ isTooLarge }) => !isTooLarge);
    const present = small.filter(({ isExpired }) => !isExpired);
    const newest = present.slice(-MAX_DOWNLOADS);
    const downloads = await downloadAll(repository, newest, `${gitHubUrl}/${repository}`, requests);
    const { reads, unreadable, stop } = downloads;
    const conversations = conversationsIn(reads);
    const numbers = conversations.flatMap(({ pullRequests }) => pullRequests).toSorted((a, b) => b - a);
    const states = stop === undefined
        ? await readStates(repository, numbers.slice(0, MAX_PULL_REQUESTS), requests)
        : new Map();
    const isKept = areKeptFor(ageDays, small);
    return {
        repository,
        conversations: conversations.map((each) => ({
            ...each,
            states: each.pullRequests.map((number) => states.get(number)).filter((state) => state !== undefined),
        })),
        left: {
            ...left,
            runs: runs.missing,
            outcomes: small.length - reads.length - unreadable.length,
            unreadable: unreadable.length,
            'too-large': large.length,
            'of-forks': uploads.length - own.length,
            'pull-requests': numbers.filter((number) => !states.has(number)).length,
        },
        // Outcomes of earlier days are missing only if files are kept for fewer days.
        isKept,
        from: isKept ? undefined : present[0]?.date.slice(0, 10),
        unreadable: [...unreadable, ...large].map(({ run }) => run),
        stop,
    };
}
/** Downloads outcome files, from the newest to the oldest, until no other request can succeed. `uploads`: oldest first. */
async function downloadAll(repository, uploads, repositoryUrl, requests) {
    const reads = [];
    const unreadable = [];
    for (const upload of uploads.toReversed()) {
        const zip = await download(repository, upload, requests);
        const stop = hasFailed(zip) ? stopOf(zip) : undefined;
        if (stop !== undefined)
            return { reads: reads.toReversed(), unreadable, stop };
        const outcome = hasFailed(zip) ? undefined : stepOutcomeIn(zip, repositoryUrl);
        if (outcome === undefined)
            unreadable.push(upload);
        else
            reads.push({ ...upload, outcome });
    }
    return { reads: reads.toReversed(), unreadable, stop: undefined };
}

;// CONCATENATED MODULE: ./build/outcomes/src/listing.js




const MAX_REPOSITORIES = 500;
/**
 * Lists the repositories that the lines of the input name, and those of organizations. Throws {@link WrongInputs} if one is no
 * organization.
 *
 * @param here the run's own repository: it is read, even if it is private.
 * @param connect makes a new client.
 */
async function listAll(lines, here, connect) {
    const hidesPrivate = await mustHidePrivate(lines, here, connect());
    const found = new Map();
    const failed = [];
    const requests = connect();
    for (const line of lines) {
        // A line without `/*` names a single repository.
        const [owner = ''] = line.split('/*');
        const listed = owner === line ? [{ name: line }] : await listOwner(owner, requests);
        if (hasFailed(listed))
            failed.push(unread(line, listed));
        else
            for (const each of listed)
                found.set(each.name.toLowerCase(), each);
    }
    const all = [...found.values()];
    const chosen = all.slice(0, MAX_REPOSITORIES);
    const isHidden = ({ name, isPrivate }) => hidesPrivate && isPrivate === true && !isSame(name, here);
    const asked = chosen.filter((each) => !isHidden(each));
    return {
        asked: asked.map(({ name, isPrivate }) => ({
            name,
            mustBePublic: hidesPrivate && isPrivate === undefined && !isSame(name, here),
        })),
        failed,
        hidden: chosen.length - asked.length,
        tooMany: all.length - chosen.length,
    };
}
/**
 * Whether the report must hide other repositories that are private: everybody can read the run of a public repository. If it is not known
 * whether `here`, the run's own repository, is public, it counts as public.
 */
async function mustHidePrivate(lines, here, requests) {
    const hasOthers = lines.some((line) => !isSame(line, here));
    return hasOthers && (await isPrivate(here, requests)) !== true;
}
async function listOwner(owner, requests) {
    const listed = await listRepositories(owner, requests);
    if (listed instanceof failure/* GitHubFailure */.iK && listed.status === 404)
        throw new reader/* WrongInputs */.Ls([
            `repositories has ${owner}/*, but GitHub shows the token no organization ${owner}: list a person's repositories one by one`,
        ]);
    if (hasFailed(listed))
        return listed;
    return listed
        .filter(({ archived, fork }) => !archived && !fork)
        .map((each) => ({ name: each.full_name, isPrivate: each.private }));
}
function isSame(name, other) {
    return name.toLowerCase() === other.toLowerCase();
}

;// CONCATENATED MODULE: ./build/src/text/dollars.js
/** Amounts below the least and above the most are shown as `under …` and `over …`: nobody can read an exponent or twenty digits. */
const LEAST = 0.0001;
const MOST = 1_000_000;
/** Formats an amount as `$0.42`, with more digits if it is below one cent. */
function asDollars(usd) {
    return withinBounds(usd, digitsOf(usd));
}
/** Rounds an amount like {@link asDollars}, for a chart. */
function roundDollars(usd) {
    return Number(digitsOf(usd));
}
function digitsOf(usd) {
    return usd === 0 || usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(2);
}
/** Formats an amount with up to four decimals, so that a cost just above a limit does not look equal to it. */
function asPreciseDollars(usd) {
    const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
    return withinBounds(usd, `${whole}.${parts.padEnd(2, '0')}`);
}
function withinBounds(usd, amount) {
    if (usd > MOST)
        return 'over $1,000,000';
    return 0 < usd && usd < LEAST ? 'under $0.0001' : `$${amount}`;
}

;// CONCATENATED MODULE: ./build/outcomes/src/report.js


/** Makes the report of what was read. `unlisted`: how many repositories were left out, and are not in `readings`. */
function reportOf({ days, month }, readings, unlisted) {
    const left = sumOfLeft(readings.map((each) => each.left));
    const unreadRepositories = unlisted + readings.filter(({ problem }) => problem !== undefined).length;
    const isCut = month !== null && readings.some(({ isKept }) => isKept === false);
    const dates = readings.flatMap(({ from }) => from ?? []).toSorted();
    return {
        days,
        month,
        from: dates[0] ?? null,
        incomplete: isCut || unreadRepositories > 0 || isIncomplete(left),
        repositories: readings.map(repositoryReportOf).toSorted((a, b) => byCost(a.total, b.total)),
        total: sumsOf(readings.flatMap(({ conversations }) => conversations)),
        'left-out': { ...left, repositories: unreadRepositories },
    };
}
/** Whether something was not read. What forks have uploaded does not count: anybody can upload from a fork. */
function isIncomplete(left) {
    return Object.entries(left).some(([name, count]) => name !== 'of-forks' && count > 0);
}
function repositoryReportOf({ repository, problem, conversations, left }) {
    const workflows = [...Map.groupBy(conversations, ({ workflow }) => workflow)].map(([workflow, group]) => ({
        workflow,
        ...sumsOf(group),
    }));
    return {
        repository,
        ...(problem && { problem: problem.words }),
        workflows: workflows.toSorted(byCost),
        total: sumsOf(conversations),
        'left-out': left,
    };
}
/** Orders the largest cost first; without a difference, the order stays. */
function byCost(a, b) {
    return b['cost-usd'] - a['cost-usd'];
}
function sumOfLeft(all) {
    const sum = (name) => all.reduce((total, left) => total + left[name], 0);
    return {
        runs: sum('runs'),
        artifacts: sum('artifacts'),
        outcomes: sum('outcomes'),
        unreadable: sum('unreadable'),
        'too-large': sum('too-large'),
        'of-forks': sum('of-forks'),
        'pull-requests': sum('pull-requests'),
    };
}
/** Adds up conversations by the week of their first run, in UTC. Returns all weeks of the period that have begun. */
function weeksOf(conversations, { from, to }) {
    const groups = Map.groupBy(conversations, ({ date }) => mondayOf(Date.parse(date)));
    const first = mondayOf(from);
    const weeks = Math.floor((mondayOf(to) - first) / (7 * DAY_MS)) + 1;
    return Array.from({ length: weeks }, (_, index) => {
        const monday = first + index * 7 * DAY_MS;
        const { 'cost-usd': costUsd, merged } = sumsOf(groups.get(monday) ?? []);
        return { week: new Date(monday).toISOString().slice(0, 10), costUsd, merged };
    });
}
/** Returns the start of the Monday in the week of a time, both in milliseconds since 1970, which began on a Thursday. */
function mondayOf(time) {
    const day = Math.floor(time / DAY_MS);
    return (day - ((day + 3) % 7)) * DAY_MS;
}

;// CONCATENATED MODULE: ./build/outcomes/src/page.js





const MAX_ROWS = 100;
/** Returns the summary in Markdown: a table with a row for each repository, or for each workflow of the only one, and charts. */
function pageOf(report, period, weeks) {
    const { total, incomplete, repositories } = report;
    const [only, ...others] = repositories;
    const isByWorkflow = only !== undefined && others.length === 0 && only.problem === undefined;
    const rows = isByWorkflow ? workflowRows(only) : repositories.map(repositoryRow);
    const head = [
        isByWorkflow ? 'Workflow' : 'Repository',
        'Conversations',
        'How they ended',
        'Cost',
        'Cost per merged pull request',
        'Merged',
        'Closed',
        'Open',
    ];
    const all = { name: incomplete ? 'All (incomplete)' : 'All', sums: total };
    return [
        `### OpenHands in ${wordsOf(period)}`,
        [head, head.map(() => '---'), ...rows.slice(0, MAX_ROWS).map(cellsOf), cellsOf(all)]
            .map(lineOf)
            .join('\n'),
        ...notesOn(report, period, rows.length),
        ...chartsOf(weeks),
        '',
    ].join('\n\n');
}
function workflowRows({ workflows }) {
    return workflows.map(({ workflow, ...sums }) => ({ name: nameOf(workflow), sums }));
}
function repositoryRow(report) {
    const { repository, problem, total } = report;
    const note = isIncomplete(report['left-out']) ? ' (incomplete)' : '';
    return { name: nameOf(repository) + note, sums: total, problem };
}
/** Returns a name as code, without what would end a cell or the code. */
function nameOf(text) {
    return (0,safe/* codeSpan */.SS)(text.replaceAll(/[|`\\]/g, ' ')) || '–';
}
function cellsOf({ name, sums, problem }) {
    if (problem !== undefined)
        return [name, '', `cannot be read: ${problem}`, '', '', '', '', ''];
    const { runs, ended, merged, closed, open } = sums;
    const ends = Object.entries(ended).map(([end, count]) => `${count} ${end}`);
    const costs = [sums['cost-usd'], sums['cost-per-merged-usd']].map((usd) => usd === null ? '–' : asDollars(usd));
    return [name, String(runs), ends.join(', '), ...costs, ...[merged, closed, open].map(String)];
}
function lineOf(cells) {
    return `| ${cells.join(' | ')} |`;
}
function notesOn(report, { ageDays }, rows) {
    const kept = keptNotes(report, ageDays);
    const left = LEFT_WORDS.flatMap(([name, one, many, why]) => {
        const count = report['left-out'][name];
        return count === 0 ? [] : [`${count} ${count === 1 ? one : many}${why}`];
    });
    const more = rows - MAX_ROWS;
    const unknown = report.total['unknown-costs'];
    return [
        `Counts workflows that save an outcome, such as run.yml: each conversation once, with what it has cost in this time, no skipped runs, an unknown cost as $0${unknown === 0 ? '' : ` (${unknown} of them)`}.`,
        ...(more > 0
            ? [
                `${more} more ${more === 1 ? 'row is' : 'rows are'} not shown: the total and the output report have ${more === 1 ? 'it' : 'them'}.`,
            ]
            : []),
        ...kept,
        ...(left.length === 0 ? [] : [`Not counted: ${left.join(', ')}`]),
        ...(report.total.runs + left.length + kept.length === 0 ? [NO_OUTCOME] : []),
    ];
}
/** Says from when there are outcomes, if they are not kept for the whole time. */
function keptNotes({ from, incomplete, month }, ageDays) {
    if (from !== null)
        return [`There are outcomes since ${from}: artifacts are kept for less than ${ageDays} days.`];
    // Nothing is left that would show for how long they are kept.
    return month !== null && incomplete && ageDays > MAX_DAYS
        ? [
            `Outcomes may be missing: run.yml keeps them for ${MAX_DAYS} days, and the month began ${ageDays} days ago.`,
        ]
        : [];
}
const NO_OUTCOME = 'No run has an outcome that counts: check the names in workflows. run.yml and local.yml save one; in other workflows, add the last two steps of the weekly audit, and give the step of the agent its id, agent.';
/** What was left out: the words for one and for several, and why. */
const LEFT_WORDS = [
    ['runs', 'run', 'runs', ''],
    ['artifacts', 'artifact', 'artifacts', ''],
    ['outcomes', 'outcome', 'outcomes', ' (too many, expired, or not read)'],
    ['unreadable', 'outcome', 'outcomes', ' (unreadable)'],
    ['too-large', 'outcome', 'outcomes', ' (too large)'],
    ['of-forks', 'outcome', 'outcomes', ' (of a fork)'],
    ['pull-requests', 'pull request', 'pull requests', ' (too many, missing, or hidden from the token)'],
    ['repositories', 'repository', 'repositories', ' (not read, or private)'],
];
/** Returns a chart of the costs and one of the merged pull requests; none if there is nothing to show. */
function chartsOf(weeks) {
    const chart = (title, values) => values.some((value) => value > 0) ? [mermaid(title, weeks, values)] : [];
    return [
        ...chart('Cost in US dollars by week', weeks.map(({ costUsd }) => roundDollars(costUsd))),
        ...chart('Merged pull requests by week', weeks.map(({ merged }) => merged)),
    ];
}
/**
 * Returns a bar chart. Apart from the title, which is ours, it has only dates and numbers, so nothing needs an escape.
 * Source: https://mermaid.js.org/syntax/xyChart.html
 */
function mermaid(title, weeks, values) {
    const days = weeks.map(({ week }) => `"${week.slice(5)}"`);
    return [
        '```mermaid',
        'xychart-beta',
        `  title "${title}"`,
        `  x-axis [${days.join(', ')}]`,
        `  y-axis 0 --> ${Math.max(...values)}`,
        `  bar [${values.join(', ')}]`,
        '```',
    ].join('\n');
}

;// CONCATENATED MODULE: ./build/outcomes/src/patience.js


/** GitHub's docs ask for a minute if GitHub names no time. */
const DEFAULT_WAIT_MS = 60_000;
const MIN_WAIT_MS = 1_000;
/**
 * Returns requests that wait for the limits of GitHub. They throw an {@link Interruption} with the kind `deadline` if a limit lasts
 * longer than the time that is left.
 */
function withPatience(github, signal, patience) {
    const { clock, deadlineAt, onWait } = patience;
    const ask = async (request) => {
        for (;;) {
            try {
                return await request();
            }
            catch (error) {
                if (!(error instanceof failure/* GitHubFailure */.iK) || !(0,failure/* isRateLimited */.Jz)(error))
                    throw error;
                const waitMs = Math.max(error.retryAfterMs ?? DEFAULT_WAIT_MS, MIN_WAIT_MS);
                if (clock.now() + waitMs > deadlineAt)
                    throw new interruption/* Interruption */._n('deadline', LIMITED, { cause: error });
                onWait(waitMs);
                await clock.sleep(waitMs, signal);
            }
        }
    };
    return {
        rest: async (request) => ask(async () => github.rest(request)),
        readArtifact: async (repository, id, limitBytes) => ask(async () => github.readArtifact(repository, id, limitBytes)),
    };
}
const LIMITED = "GitHub's limit of requests lasts longer than the report may take";

;// CONCATENATED MODULE: ./build/outcomes/src/tell.js




const MAX_RUNS_NAMED = 5;
/** Says how a repository was read, in one line. Says nothing if a stop kept it from being read: one warning is enough for all of these. */
function tell({ repository, conversations, unreadable, problem, stop }, label, runner, gitHubUrl) {
    if (problem !== undefined) {
        if (stop === undefined)
            runner.warning(`${label}: cannot be read: ${problem.because}`);
        return;
    }
    const { runs, merged, 'cost-usd': cost } = sumsOf(conversations);
    const counted = `conversations: ${runs}, cost: ${asDollars(cost)}, merged pull requests: ${merged}`;
    const named = unreadable
        .slice(0, MAX_RUNS_NAMED)
        .map((run) => `${gitHubUrl}/${repository}/actions/runs/${run}`);
    const more = unreadable.length > named.length ? ', …' : '';
    const left = named.length === 0 ? '' : `; unreadable outcomes: ${unreadable.length}, of ${named.join(', ')}${more}`;
    runner.info(`${label}: ${counted}${left}`);
}
/** Says which repositories the report lacks, and why. */
function tellLeftOut({ readings, hidden }, runner) {
    const stop = stopIn(readings);
    if (stop !== undefined) {
        const missed = readings.filter(({ problem }) => problem !== undefined).length;
        runner.warning(`Repositories that were not read: ${missed}. ${(0,safe/* asClause */.eI)(stop.message)}`);
    }
    // Their names are not for everybody either.
    if (hidden > 0)
        runner.notice(`Private repositories left out, because everybody can read this run: ${hidden}`);
}

;// CONCATENATED MODULE: ./build/outcomes/src/outcomes.js













/** After this long nothing more is read, and the report is of what was read: the token of a job is valid for an hour. */
const LIMIT_MS = 50 * 60_000;
const NEVER = new AbortController().signal;
/**
 * Reports what agents achieved and cost in output, summary and log. Fails the step if the inputs are wrong, or if nothing could be
 * read.
 */
async function reportOutcomes(world) {
    const { runner, clock, repository, gitHubUrl } = world;
    const now = clock.date().getTime();
    const inputs = (0,reader/* checkInputs */.sw)(runner, (read) => outcomesInputsIn(read, repository, now));
    runner.secrets.add(inputs.token);
    const { period, workflows } = inputs;
    const deadlineAt = clock.now() + LIMIT_MS;
    const onWait = (waitMs) => {
        runner.info(`GitHub's limit of requests is used up: waits ${Math.ceil(waitMs / 1000)} s`);
    };
    const { readings, unlisted } = await (0,port_clock/* withDeadline */.NE)(clock, LIMIT_MS, NEVER, async (signal) => {
        // Each repository gets a new client, because a client keeps all its answers in memory.
        const connect = () => withPatience(world.github(inputs.token).during(signal), signal, { clock, deadlineAt, onWait });
        const listing = await listAll(inputs.repositories, repository, connect);
        const all = await readAll(listing, { period, workflows, gitHubUrl }, world, connect);
        tellLeftOut(all, runner);
        return { ...all, unlisted: listing.tooMany + all.hidden };
    });
    const report = reportOf(period, readings, unlisted);
    const text = JSON.stringify(report);
    runner.output('report', text);
    saveReport(text, world);
    const conversations = readings.flatMap((each) => each.conversations);
    await runner.summary(pageOf(report, period, weeksOf(conversations, period)));
    const [first] = readings;
    if (first?.problem && readings.every(({ problem }) => problem !== undefined))
        runner.fail((0,problem/* problemLine */.YK)({
            failedTo: 'read any repository',
            because: first.problem.because,
            advice: 'check github-token and its permissions actions: read and pull-requests: read',
        }));
}
/** Saves the report, too: an output of many repositories is too long for an environment variable. A failure is only a warning. */
function saveReport(text, { runner, temporary }) {
    try {
        runner.output('report-file', saveInNewFolder(temporary, 'report.json', runner.secrets.redact(text)));
    }
    catch (error) {
        runner.warning(`the report could not be saved to a file: ${(0,to_error/* toError */.i)(error).message}`);
    }
}
/** Reads the repositories of a listing, and says how each was read. */
async function readAll({ asked, failed, hidden }, query, { runner }, connect) {
    for (const reading of failed)
        tell(reading, reading.repository, runner, query.gitHubUrl);
    const read = [];
    for await (const reading of readInTurn(asked, stopIn(failed), query, connect)) {
        read.push(reading);
        if (reading === 'hidden')
            continue;
        tell(reading, `[${read.length}/${asked.length}] ${reading.repository}`, runner, query.gitHubUrl);
    }
    const shown = read.filter((each) => each !== 'hidden');
    return { readings: [...failed, ...shown], hidden: hidden + read.length - shown.length };
}
/** Reads repositories one after another, as GitHub asks for. `stop`: why no request can succeed; after one, the rest are unread. */
async function* readInTurn(asked, stop, query, connect) {
    let stopped = stop;
    for (const each of asked) {
        const reading = stopped === undefined ? await readUnlessHidden(each, query, connect()) : unread(each.name, stopped);
        if (reading !== 'hidden')
            stopped = reading.stop;
        yield reading;
    }
}
/** Reads a repository, unless it must be public and is not (`hidden`). */
async function readUnlessHidden({ name, mustBePublic }, query, requests) {
    const isHidden = mustBePublic && (await isPrivate(name, requests));
    if (hasFailed(isHidden))
        return unread(name, isHidden);
    return isHidden ? 'hidden' : readRepository(name, query, requests);
}


/***/ }),

/***/ 232:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  f: () => (/* binding */ githubOutcomesRunner)
});

;// CONCATENATED MODULE: external "./core.js"
var x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var y = (x) => (() => (x))
const external_core_js_namespaceObject = x({ ["debug"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.debug), ["getInput"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.getInput), ["getState"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.getState), ["info"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.info), ["isDebug"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.isDebug), ["notice"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.notice), ["saveState"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.saveState), ["setFailed"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setFailed), ["setOutput"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setOutput), ["setSecret"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.setSecret), ["summary"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.summary), ["warning"]: () => (__WEBPACK_EXTERNAL_MODULE__core_js_37b0c101__.warning) });
// EXTERNAL MODULE: external "./valibot.js"
var external_valibot_js_ = __nccwpck_require__(929);
// EXTERNAL MODULE: ./build/src/port/api-version.js + 1 modules
var api_version = __nccwpck_require__(90);
// EXTERNAL MODULE: ./build/src/port/interruption.js
var interruption = __nccwpck_require__(658);
;// CONCATENATED MODULE: ./build/src/port/unfinished.js



const Id = external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** Absent counts as false. */
const Flag = external_valibot_js_.exactOptional(external_valibot_js_.boolean());
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
const Status = external_valibot_js_.custom((text) => typeof text === 'string' && Object.hasOwn(STATUSES, text));
/**
 * `marker`: the id in the marker of the step's comment; absent if it has none. `status`: how main has ended, which its summary and its
 * outcome file show; absent if it was killed before.
 */
const Marked = { marker: external_valibot_js_.exactOptional(Id), status: external_valibot_js_.exactOptional(Status) };
/** The conversation. */
const Known = { version: external_valibot_js_.picklist(api_version/* API_VERSIONS */.Bo), id: Id, ...Marked };
/**
 * Why main has left an agent to post. `said`: what main has said of the agent; with `no-conversation`, it did not know one.
 * `isGone`: the server does not answer.
 */
const Left = external_valibot_js_.object({
    why: external_valibot_js_.picklist(interruption/* STOP_REASONS */.Np),
    said: external_valibot_js_.picklist(['no-conversation', 'paused', 'not-paused']),
    isGone: Flag,
});
/**
 * `left` is absent if main was killed. `isReported`: summary and comment show how main ended. `isUnsentByKey`: the step has found the
 * conversation by its key, and has not sent its message.
 */
const Agent = { ...Known, left: external_valibot_js_.exactOptional(Left), isReported: Flag, isUnsentByKey: Flag };
/**
 * `at`: when the server was asked for the conversation, in milliseconds since 1970. `stepTag`: the tag of this step's start; present
 * if the id comes from a key, so that other runs may have asked for the same conversation.
 */
const Asked = { ...Agent, at: external_valibot_js_.exactOptional(external_valibot_js_.number()), stepTag: external_valibot_js_.exactOptional(Id) };
const UnfinishedWork = external_valibot_js_.variant('kind', [
    /** Nothing is left to do. */
    external_valibot_js_.object({ kind: external_valibot_js_.literal('over') }),
    /** The comment announces a start, but no request was sent. */
    external_valibot_js_.object({ kind: external_valibot_js_.literal('announced'), ...Marked }),
    /** Nothing needs to be stopped, but the outcome is not reported yet. `isUnsentByKey`: as for an agent. */
    external_valibot_js_.object({ kind: external_valibot_js_.literal('unreported'), isUnsentByKey: Flag, ...Known }),
    /** The server was asked for a conversation with this id. */
    external_valibot_js_.object({ kind: external_valibot_js_.literal('asked'), ...Asked }),
    /** The server has accepted a start, as `task`. */
    external_valibot_js_.object({ kind: external_valibot_js_.literal('pending'), task: Id, ...Asked }),
    /** The conversation exists. `pendingWork`: see `PendingWork` of the port. */
    external_valibot_js_.object({
        kind: external_valibot_js_.literal('started'),
        pendingWork: external_valibot_js_.exactOptional(external_valibot_js_.picklist(['start', 'later', 'delivered'])),
        task: external_valibot_js_.exactOptional(Id),
        ...Asked,
    }),
]);
const Saved = external_valibot_js_.fallback(external_valibot_js_.pipe(external_valibot_js_.string(), external_valibot_js_.parseJson(), UnfinishedWork), { kind: 'over' });
/** Converts the unfinished work to text, for the runner to save; empty if there is none. */
function stateText(work) {
    return work.kind === 'over' ? '' : JSON.stringify(work);
}
/** Parses what `main` has saved. Other steps of the job can write it, so only ids in the right format count. */
function parseState(text) {
    return external_valibot_js_.parse(Saved, text);
}

// EXTERNAL MODULE: ./build/src/text/lines.js
var lines = __nccwpck_require__(746);
// EXTERNAL MODULE: ./build/src/text/safe.js
var safe = __nccwpck_require__(948);
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
const UNSEEN_CHARACTERS = String.raw `[\s\p{Cc}${safe/* INVISIBLE_FORMATS */.nw}]{1,${MAX_RUN}}`;
const ANY_UNSEEN = new RegExp(UNSEEN_CHARACTERS, 'gu');
/** All control characters but those that begin and end a terminal sequence: that is removed as a whole. */
const OTHER_CONTROLS = String.raw `\0-\u0006\u0008-\u001A\u001C-\u001F\u007F-\u009F`;
const UNSEEN_OUTSIDE_SEQUENCES = new RegExp(String.raw `[\s${OTHER_CONTROLS}${safe/* INVISIBLE_FORMATS */.nw}]{1,${MAX_RUN}}`, 'gu');
const ESCAPE = new RegExp([
    // An escape that an ellipsis cut off.
    String.raw `(?:\\u?[0-9a-f]{0,4}|%[0-9a-f]?|&#?[0-9a-z]{0,8}|\u001B\[?[\d;]*)(?=…)`,
    String.raw `\\(?:u(?<unit>[0-9a-f]{4})|u\{(?<point>[0-9a-f]{1,6})\}|x(?<byte>[0-9a-f]{2})|[bfnrt]|(?<sign>[^A-Za-z0-9\u001B]))`,
    String.raw `(?<bytes>(?:%[0-9a-f]{2})+)`,
    String.raw `&(?:#0{0,9}(?<decimal>\d{1,7})|#x0{0,9}(?<hex>[0-9a-f]{1,6})|(?<name>amp|lt|gt|quot|apos));`,
    safe/* TERMINAL_SEQUENCE */.J5.source,
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

// EXTERNAL MODULE: ./build/src/text/to-error.js
var to_error = __nccwpck_require__(287);
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
    const line = (text) => (0,lines/* logLine */.BP)((0,safe/* shorten */.ml)(secrets.redact(text), MAX_ANNOTATION_LENGTH));
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
                warning(`the state for the post step could not be saved: ${(0,to_error/* toError */.i)(error).message}`);
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
            external_core_js_namespaceObject.info([line(heading), ...(0,lines/* quotedLines */.Gi)(secrets.redact(text))].join('\n'));
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
                warning(`the summary could not be written: ${(0,to_error/* toError */.i)(error).message}`);
            }
        },
    };
}
function unwrittenProblem(output, error) {
    return {
        failedTo: `write the output ${output}`,
        because: (0,to_error/* toError */.i)(error).message,
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

;// CONCATENATED MODULE: ./build/outcomes/src/runner.js


/** Connects `outcomes/action.yml` to GitHub's runner. */
function githubOutcomesRunner() {
    const runner = githubRunner();
    return {
        ...runner,
        input: (name) => external_core_js_namespaceObject.getInput(name),
        output(name, value) {
            external_core_js_namespaceObject.setOutput(name, runner.secrets.redact(value));
        },
    };
}


/***/ }),

/***/ 339:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  iK: () => (/* binding */ GitHubFailure),
  s: () => (/* binding */ RATE_LIMIT_WAIT_MS),
  u_: () => (/* binding */ RESET_MARGIN_MS),
  mb: () => (/* binding */ gitHubLimits),
  Jz: () => (/* binding */ isRateLimited)
});

// UNUSED EXPORTS: catchGitHubFailure, isOutOfReach, lacksRight, wouldFailAgain

;// CONCATENATED MODULE: ./build/src/http/limits.js
/** Source: RFC 9110, section 5.6.7 (HTTP-date), without its two obsolete forms. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** Parses an HTTP date to milliseconds since 1970; `undefined` if it is not one. */
function parseHttpDate(text) {
    const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(at) ? undefined : at;
}
/** Eleven days. A server that sends a longer wait means another unit. */
const MAX_TOLD_WAIT_MS = 999_999_000;
/** Larger numbers are seconds since 1970: as a wait they would be 31 years. */
const MIN_EPOCH_S = 1_000_000_000;
/**
 * Returns the wait that headers ask for, in milliseconds; `undefined` if they name none, or an implausible one. Times are compared
 * with the server's clock, its `Date`. Source: RFC 9110, section 10.2.3 (Retry-After, in seconds or as a date).
 *
 * @param isUsedUp whether a limit is used up: only then is X-RateLimit-Reset, which every answer may have, a time to wait for.
 */
function retryAfterIn(headers, isUsedUp) {
    const serverNow = parseHttpDate(headers.get('date') ?? '');
    const asked = waitMsUntil(headers.get('retry-after') ?? '', serverNow);
    if (asked !== undefined || !isUsedUp)
        return asked;
    return waitMsUntil(headers.get('x-ratelimit-reset') ?? '', serverNow);
}
/**
 * Returns the wait until a time, in milliseconds. The time is in seconds from now, in seconds since 1970, or a date. Returns `undefined` if
 * it is something else or implausible, or if the server does not tell its own time.
 */
function waitMsUntil(time, serverNow) {
    const seconds = /^\d{1,15}$/.test(time) ? Number(time) : undefined;
    if (seconds !== undefined && seconds < MIN_EPOCH_S)
        return plausibleWaitMs(seconds * 1000);
    const at = seconds === undefined ? parseHttpDate(time) : seconds * 1000;
    return at === undefined || serverNow === undefined ? undefined : plausibleWaitMs(at - serverNow);
}
/** Returns a wait, which is 0 for a time that has passed; `undefined` if it is too long. */
function plausibleWaitMs(waitMs) {
    return waitMs <= MAX_TOLD_WAIT_MS ? Math.max(waitMs, 0) : undefined;
}

// EXTERNAL MODULE: ./build/src/text/data.js
var data = __nccwpck_require__(765);
// EXTERNAL MODULE: ./build/src/text/safe.js
var safe = __nccwpck_require__(948);
;// CONCATENATED MODULE: ./build/src/github/failure.js



/** A request to GitHub failed. */
class GitHubFailure extends Error {
    name = 'GitHubFailure';
    failedTo;
    /** The HTTP status; 0 if there was no usable answer. For GraphQL, the status that matches its error. */
    status;
    /** How long to wait before a retry, in milliseconds; `undefined` if neither GitHub nor a limit asks for a wait. */
    retryAfterMs;
    constructor(failedTo, reason, status, retryAfterMs) {
        super((0,safe/* reasonLine */.$E)(reason));
        this.failedTo = failedTo;
        this.status = status;
        this.retryAfterMs = retryAfterMs;
    }
}
/** Returns the answer to a request, or why it failed. Throws everything else, such as an interruption. */
async function catchGitHubFailure(request) {
    return request.catch((error) => {
        if (error instanceof GitHubFailure)
            return error;
        throw error;
    });
}
/** Whether a rate limit refused the request: GitHub has done nothing, and a later retry may succeed. */
function isRateLimited({ status, retryAfterMs }) {
    return status === 429 || (status === 403 && retryAfterMs !== undefined);
}
/** Whether GitHub has refused a request, and would again. */
function wouldFailAgain(failure) {
    return failure.status >= 400 && failure.status < 500 && !isRateLimited(failure);
}
/** Whether the token lacks the right for the request. GitHub also answers 404 for what the token may not see. */
function lacksRight(failure) {
    return [401, 403, 404].includes(failure.status) && !isRateLimited(failure);
}
/** Whether the token cannot reach a place: it lacks the right, or the place is gone (410). */
function isOutOfReach(error) {
    return error instanceof GitHubFailure && (lacksRight(error) || error.status === 410);
}
/** The wait at a rate limit if GitHub names no time: its docs ask for a minute. */
const RATE_LIMIT_WAIT_MS = 60_000;
/** Added to the time of a reset, which is in whole seconds. */
const RESET_MARGIN_MS = 1_000;
/**
 * Reads GitHub's limits from a 403 or 429. Headers show a primary limit; `Retry-After`, or only the message, a secondary one.
 * Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
const gitHubLimits = ({ status, headers }, body) => {
    // Any other failure may ask for a wait, too.
    if (status !== 403 && status !== 429)
        return { retryAfterMs: retryAfterIn(headers, false), limit: undefined };
    const isPrimary = headers.get('x-ratelimit-remaining') === '0';
    const saysLimit = /rate limit/i.test(String((0,data/* memberOf */.C5)(body, 'message')));
    const defaultMs = isPrimary || saysLimit ? RATE_LIMIT_WAIT_MS : undefined;
    const askedMs = retryAfterIn(headers, isPrimary);
    const marginMs = isPrimary ? RESET_MARGIN_MS : 0;
    const retryAfterMs = askedMs === undefined ? defaultMs : askedMs + marginMs;
    // A 403 that asks for no wait is about permissions.
    const isLimited = status === 429 || retryAfterMs !== undefined;
    return { retryAfterMs, limit: isLimited ? 'rate-limit' : undefined };
};


/***/ }),

/***/ 485:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  lk: () => (/* binding */ gitHubConnector),
  H5: () => (/* binding */ ownerAndRepo)
});

// UNUSED EXPORTS: connectGitHub, guardFetch

// EXTERNAL MODULE: external "./valibot.js"
var external_valibot_js_ = __nccwpck_require__(929);
// EXTERNAL MODULE: ./build/src/text/data.js
var data = __nccwpck_require__(765);
// EXTERNAL MODULE: ./build/src/text/to-error.js
var to_error = __nccwpck_require__(287);
;// CONCATENATED MODULE: ./build/src/http/request-failure.js
/** Thrown if an attempt fails, or its answer cannot be used. */
class request_failure_AttemptFailed extends Error {
    failure;
    constructor(failure) {
        super(failure.kind);
        this.failure = failure;
    }
}
/** Returns why a request failed, in words. Even the system's messages quote the server, such as names in its certificate. */
function failureReason(failure) {
    switch (failure.kind) {
        case 'network':
            return failure.reason;
        case 'time-out':
            return `no complete answer within ${failure.timeoutMs / 1000} s`;
        case 'status':
            return `HTTP ${failure.status}${failure.detail === '' ? '' : `: ${failure.detail}`}`;
        case 'redirect':
            return `HTTP ${failure.status}: the server redirects to ${failure.location}; the action follows no redirects, to protect the key`;
        case 'login': {
            const where = failure.location === undefined ? '' : `, and redirects to ${failure.location}`;
            return `a proxy asks for a login (HTTP ${failure.status}${where})`;
        }
        case 'page':
            return `a proxy asks for a login, or this is another server: a web page (HTTP ${failure.status}) came instead of JSON`;
        case 'not-json':
            return 'the answer is cut off, or not JSON';
        case 'unexpected':
            return `the answer is not what the API describes: ${failure.reason}`;
        case 'too-large':
            return `the answer is larger than ${failure.limitBytes / 1024 / 1024} MiB`;
        case 'other-file':
            return `the file should begin with ${failure.begins}, but does not`;
        case 'cut-off':
            return 'the file is cut off';
    }
}
/** Returns the wait that the server asked for, in milliseconds; `undefined` if it asked for none. */
function request_failure_retryAfterOf(failure) {
    return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}
/** Whether the server refused the request for now, because of a limit that is not daily. It has done nothing. */
function request_failure_isDeferred(failure) {
    if (failure.kind !== 'status' || failure.limit === 'daily-limit')
        return false;
    return failure.status === 429 || failure.limit !== undefined;
}
/**
 * Whether the server asks to retry later: a deferral, or a 503 with `Retry-After`. A gateway may send the 503 after the server
 * has acted, so this is only for requests that are safe to repeat.
 */
function isRetryRequested(failure) {
    if (request_failure_isDeferred(failure))
        return true;
    return failure.kind === 'status' && failure.status === 503 && failure.retryAfterMs !== undefined;
}
const TRANSIENT_KINDS = [
    'network',
    'time-out',
    'login',
    'page',
    'not-json',
    'cut-off',
];
/** Whether a web page came instead of JSON. If the server may lack an API, this shows that it does lack it. */
function isPage(failure) {
    return failure.kind === 'page';
}
/** Whether something in front of the server has answered, which wants a login. The server has not got the request. */
function request_failure_asksForLogin(failure) {
    return failure.kind === 'login' || failure.kind === 'page';
}
/** Whether the same request may succeed a little later. */
function isTransient(failure) {
    if (failure.kind !== 'status')
        return TRANSIENT_KINDS.includes(failure.kind);
    return request_failure_isDeferred(failure) || [408, 425].includes(failure.status) || failure.status >= 500;
}
/** Whether the server may have acted on the request, although it failed. */
function mayHaveActed(failure) {
    if (failure.kind === 'network') {
        const { code, reason } = failure;
        const isNotSent = NOT_CONNECTED_CODES.includes(code) || CERTIFICATE_CODE.test(code) || NOT_CONNECTED_WORDS.test(reason);
        return !isNotSent;
    }
    if (failure.kind === 'status')
        return failure.status >= 500;
    // A redirect or a login comes from something else than the API. With any other failure, the API may have acted.
    return failure.kind !== 'redirect' && !request_failure_asksForLogin(failure);
}
/** Whether the request certainly never reached the server: no connection was made, or a proxy has answered. */
function request_failure_neverArrived(failure) {
    return (failure.kind === 'network' && !mayHaveActed(failure)) || request_failure_asksForLogin(failure);
}
/** This action's own code, for a host to which no key may be sent. */
const UNSAFE_ADDRESS = 'UNSAFE_ADDRESS';
/** Codes of failures before the request was sent: the server cannot have acted on it. */
const NOT_CONNECTED_CODES = [
    UNSAFE_ADDRESS,
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
];
/** Messages of such failures that have no clear code: a port that fetch refuses, TCP, TLS, a refusal by a proxy. */
const NOT_CONNECTED_WORDS = /^(?:bad port$|connect )|before secure TLS connection|when HTTP Tunneling/;
/**
 * Codes of a refused certificate: the request was not sent.
 * Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const CERTIFICATE_CODE = /CERT|CRL|SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;

;// CONCATENATED MODULE: ./build/src/http/answer.js




/** Larger answers are refused. Most are a few kilobytes. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
/** Larger files are refused: they would fill the disk. */
const MAX_DOWNLOAD_BYTES = (/* unused pure expression or super */ null && (1024 * 1024 * 1024));
const MAX_CAUSES = 5;
/** Runs `use`, and turns what it throws into a network failure. */
async function answer_wrapNetworkErrors(use) {
    try {
        return await use();
    }
    catch (error) {
        throw asAttemptFailed(error);
    }
}
/** The words of undici for the 407 of a proxy to which it connects for https. */
const TUNNEL_NEEDS_LOGIN = 'Proxy response (407)';
/** Converts an error of fetch, which has the system's error as its `cause`, maybe several levels deep. Keeps an {@link AttemptFailed}. */
function asAttemptFailed(error) {
    if (error instanceof request_failure_AttemptFailed)
        return error;
    let innermost = (0,to_error/* toError */.i)(error);
    for (let depth = 0; depth < MAX_CAUSES && innermost.cause !== undefined; depth += 1)
        innermost = (0,to_error/* toError */.i)(innermost.cause);
    if (innermost.message.startsWith(TUNNEL_NEEDS_LOGIN) || isSilent(innermost))
        return new request_failure_AttemptFailed({ kind: 'login', status: 407 });
    return new request_failure_AttemptFailed({ kind: 'network', reason: innermost.message, code: innermost.code });
}
/**
 * Whether fetch has failed without a word, which it does for one answer: 407.
 * Source: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function isSilent({ message, code }) {
    return message === to_error/* UNKNOWN_REASON */.K && code === '';
}
/** Yields the chunks of a body. Throws {@link AttemptFailed} once they exceed the limit, or if the connection fails. */
async function* bodyChunksOf({ body, headers }, limitBytes) {
    const pieces = body ?? [];
    let size = 0;
    try {
        // A body that says that it is too large is not downloaded. Compressed, it says something else.
        if (!headers.has('content-encoding') && Number(headers.get('content-length')) > limitBytes) {
            await body?.cancel();
            throw new request_failure_AttemptFailed({ kind: 'too-large', limitBytes });
        }
        for await (const piece of pieces) {
            size += piece.byteLength;
            if (size > limitBytes)
                throw new request_failure_AttemptFailed({ kind: 'too-large', limitBytes });
            yield piece;
        }
    }
    catch (error) {
        throw asAttemptFailed(error);
    }
}
/** Reads the whole body, of at most `limitBytes`. Throws {@link AttemptFailed}. */
async function answer_readBody(response, limitBytes = MAX_ANSWER_BYTES) {
    const pieces = await Array.fromAsync(bodyChunksOf(response, limitBytes));
    const text = new TextDecoder().decode(Buffer.concat(pieces));
    return { text, json: (0,data/* parseJson */.qF)(text)?.value };
}
/** Throws {@link AttemptFailed} unless the server accepted the request. `url`: its address, if a redirect elsewhere means a login. */
function answer_requireSuccess(response, body, limitsIn, url) {
    const { status, ok, headers } = response;
    const { json } = body;
    if (status >= 300 && status < 400) {
        const location = headers.get('location');
        const isLogin = url !== undefined && location !== null && leadsElsewhere(url, location);
        throw new request_failure_AttemptFailed({
            kind: isLogin ? 'login' : 'redirect',
            status,
            location: location ?? 'nowhere',
        });
    }
    // The API refuses a key in JSON, and a proxy with its page.
    const isRefusedByProxy = (status === 401 || status === 403) && url !== undefined && answer_isPage(response, body);
    if (status === 407 || isRefusedByProxy)
        throw new request_failure_AttemptFailed({ kind: 'login', status });
    if (ok)
        return;
    const { limitWords = '', ...limits } = limitsIn(response, json);
    const words = refusalIn(json);
    const reason = words.length > MAX_REFUSAL_LENGTH ? '' : words;
    const detail = [reason, limitWords].filter(Boolean).join(' ');
    throw new request_failure_AttemptFailed({ kind: 'status', status, detail, ...limits });
}
/** Whether a redirect leads to another server or path. A slash at the end, and https in place of http, do not count. */
function leadsElsewhere(url, location) {
    const [from, to] = [URL.parse(url), URL.parse(location, url)];
    const pathOf = (address) => address?.pathname.replace(/\/$/, '');
    const isSecured = from?.protocol === 'http:' && to?.protocol === 'https:' && from.hostname === to.hostname;
    return (to?.origin !== from?.origin && !isSecured) || pathOf(to) !== pathOf(from);
}
/** A refusal is a sentence or two, beside which a server may repeat the request. More words are not from the API, and are ignored. */
const MAX_REFUSAL_LENGTH = 64 * 1024;
/** Nothing deeper is meant for people. The limit also protects the call stack. */
const MAX_DEPTH = 8;
/**
 * Returns why a request was refused, in the server's words; empty if it does not say. Servers, frameworks and gateways put it
 * into `detail`, `message`, `error` or `code`; newer servers send a bare JSON string.
 */
function refusalIn(body, depth = MAX_DEPTH) {
    if (typeof body === 'string')
        return body;
    if (depth === 0)
        return '';
    if (Array.isArray(body)) {
        const items = body;
        return items
            .map((item) => refusalIn(item, depth - 1))
            .filter((words) => words !== '')
            .join('; ');
    }
    if (typeof body !== 'object' || body === null)
        return '';
    const members = new Map(Object.entries(body));
    // A validation error of FastAPI: the field and what is wrong with it.
    const message = members.get('msg');
    if (typeof message === 'string')
        return fieldPathIn(members.get('loc')) + message;
    // Beside an `exception`, `detail` is only "Internal Server Error".
    const exception = members.get('exception');
    if (typeof exception === 'string')
        return exception;
    const words = ['detail', 'message', 'error', 'code'].map((name) => members.get(name));
    return refusalIn(words.find((each) => each != null), depth - 1);
}
function fieldPathIn(loc) {
    if (!Array.isArray(loc))
        return '';
    const steps = loc;
    return `${steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')}: `;
}
/** Throws {@link AttemptFailed} unless the body is JSON. */
function answer_requireJson(response, body) {
    if (answer_isPage(response, body))
        throw new AttemptFailed({ kind: 'page', status: response.status });
    if (body.json === undefined)
        throw new AttemptFailed({ kind: 'not-json' });
}
function answer_isPage({ headers }, { text }) {
    return ((headers.get('content-type')?.includes('text/html') ?? false) || /^\s*<(?:!doctype|html)/i.test(text));
}
/**
 * Validates an answer. Throws {@link AttemptFailed} if it has another shape, which quotes nothing of the answer: that may be a secret, such as
 * a signed address. It may also be nested too deep for the call stack, or too long for the engine: both cause a RangeError.
 */
function answer_requireShape(json, shape) {
    try {
        const message = ({ expected, input }) => `expected ${expected ?? 'something else'}, got ${typeNameOf(input)}`;
        // A shape can have a message of its own.
        const parsed = external_valibot_js_.safeParse(shape, json, { abortEarly: true, message });
        if (parsed.success)
            return parsed.output;
        const [issue] = parsed.issues;
        const reason = `${external_valibot_js_.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`;
        throw new request_failure_AttemptFailed({ kind: 'unexpected', reason });
    }
    catch (error) {
        if (!(error instanceof RangeError))
            throw error;
        throw new request_failure_AttemptFailed({ kind: 'unexpected', reason: 'it is nested too deep, or too long' });
    }
}
function typeNameOf(value) {
    if (value === undefined)
        return 'nothing';
    if (value === null)
        return 'null';
    return Array.isArray(value) ? 'array' : typeof value;
}
/** A zip file ends in a record that says where its entries are. Source: APPNOTE.TXT of PKWARE, section 4.3.16. */
const ZIP = { begins: 'PK', isEnd: (tail) => tail.includes('PK\u0005\u0006') };
const TAIL_BYTES = (/* unused pure expression or super */ null && (64 * 1024));
/**
 * Yields the chunks of a file, and checks its beginning and end. A wrong beginning means another file, such as a web page. A wrong
 * end means that the file was cut off, which not every connection reports.
 */
async function* fileChunksOf(response, { begins, isEnd, limitBytes = MAX_DOWNLOAD_BYTES }) {
    const expected = Buffer.from(begins);
    let head = Buffer.alloc(0);
    let tail = Buffer.alloc(0);
    for await (const piece of bodyChunksOf(response, limitBytes)) {
        // The first pieces may be shorter than the expected beginning.
        head = Buffer.concat([head, piece.subarray(0, expected.length)]).subarray(0, expected.length);
        if (!expected.subarray(0, head.length).equals(head))
            throw new AttemptFailed({ kind: 'other-file', begins });
        tail = Buffer.concat([tail, piece.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
        yield piece;
    }
    if (head.length < expected.length)
        throw new AttemptFailed({ kind: 'other-file', begins });
    if (!isEnd(tail.toString('latin1')))
        throw new AttemptFailed({ kind: 'cut-off' });
}

// EXTERNAL MODULE: ./build/src/port/clock.js + 1 modules
var port_clock = __nccwpck_require__(249);
// EXTERNAL MODULE: ./build/src/port/interruption.js
var interruption = __nccwpck_require__(658);
// EXTERNAL MODULE: ./build/src/port/api.js
var api = __nccwpck_require__(421);
// EXTERNAL MODULE: ./build/src/text/safe.js
var safe = __nccwpck_require__(948);
;// CONCATENATED MODULE: ./build/src/http/failure.js



class failure_RequestFailed extends api/* ApiFailure */.F9 {
    failure;
    /** Returns this failure with the time for which the request was tried, in milliseconds. */
    withTriedTime;
    constructor(request, failure, server, triedMs = 0) {
        const isUnsure = request.kind === 'send' && mayHaveActed(failure);
        const tried = triedMs === 0 ? '' : ` (tried for ${Math.round(triedMs / 1000)} s)`;
        const advice = server.api.advise(failure, { baseUrl: server.baseUrl, isUnsure });
        const status = failure.kind === 'status' ? failure.status : undefined;
        super({
            failedTo: request.goal,
            because: (0,safe/* reasonLine */.$E)(failureReason(failure)) + tried,
            ...advice,
            ...(status === 401 && { isKeyRefused: true }),
            ...(status === 413 && { isTooLarge: true }),
        }, isUnsure);
        this.failure = failure;
        this.withTriedTime = (ms) => new failure_RequestFailed(request, failure, server, ms);
    }
}
/** Whether the server does not know the path or the method: then it has done nothing. */
function isNotServed(error) {
    const status = statusOf(error);
    return status === 404 || status === 405;
}
/** Like {@link isNotServed}, for a GET: the web app may answer an unknown path with its page. */
function isApiMissing(error) {
    return isNotServed(error) || isPageInstead(error);
}
/** Whether a proxy has answered that wants a login, for certain: a web page may also be that of a server without this API. */
function isLogin(error) {
    return error instanceof failure_RequestFailed && error.failure.kind === 'login';
}
/** Whether a web page came instead of JSON. */
function isPageInstead(error) {
    return error instanceof failure_RequestFailed && error.failure.kind === 'page';
}
/** Whether there was no answer in time: the server may only be slow. */
function isLate(error) {
    return error instanceof failure_RequestFailed && error.failure.kind === 'time-out';
}
/** Returns the HTTP status of a failed request; `undefined` if the failure has none. */
function statusOf(error) {
    return error instanceof failure_RequestFailed && error.failure.kind === 'status' ? error.failure.status : undefined;
}

;// CONCATENATED MODULE: ./build/src/http/exchange.js







/** Runs `exchange` with a timeout. Throws {@link AttemptFailed} after the timeout; the reason of `outer` once that is aborted. */
async function withTimeout(clock, timeoutMs, outer, exchange) {
    return (0,port_clock/* withDeadline */.NE)(clock, timeoutMs, outer, async (signal) => {
        try {
            return await exchange(signal);
        }
        catch (error) {
            outer.throwIfAborted();
            throw signal.aborted ? new request_failure_AttemptFailed({ kind: 'time-out', timeoutMs }) : error;
        }
    });
}
/** The timeout of one attempt, answer included. A POST gets more time: if its answer is lost, it is not retried. */
const TIMEOUTS_MS = { read: 30_000, send: 60_000, download: 600_000 };
/** If a request has waited for this long when the deadline passes, the error says so: the server may be to blame. */
const MIN_HANGING_MS = 5_000;
/**
 * Sends a request once. Follows no redirects, so that the key goes only to the configured origin.
 *
 * @throws {AttemptFailed} if the request or `use` fails; the signal's reason once aborted. If the deadline cuts short a POST, or a read
 *   from a server that has never answered anything, the cause of that reason is a {@link RequestFailed}.
 */
async function exchange(request, server, use) {
    const { kind, path, query, body } = request;
    const { baseUrl, credentials, clock, state } = server;
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    const send = async (signal) => {
        const response = await wrapNetworkErrors(async () => server.fetch(baseUrl + path + search, {
            ...(body === undefined ? { method: 'GET' } : { method: 'POST', body }),
            headers: {
                accept: 'application/json',
                'user-agent': USER_AGENT,
                ...credentials,
                ...(body !== undefined && { 'content-type': 'application/json' }),
            },
            redirect: 'manual',
            signal,
        }));
        const { answeredAt } = state;
        state.answeredAt = clock.now();
        const date = parseHttpDate(response.headers.get('date') ?? '');
        if (date !== undefined)
            state.offsetMs = date - clock.now();
        try {
            return await use(response);
        }
        catch (error) {
            // Then it was not the server that has answered.
            if (error instanceof AttemptFailed && asksForLogin(error.failure))
                state.answeredAt = answeredAt;
            throw error;
        }
    };
    const sentAt = clock.now();
    const { timeoutMs = TIMEOUTS_MS[kind], endAt = Infinity } = server;
    try {
        return await withTimeout(clock, Math.min(timeoutMs, endAt - sentAt), server.signal, send);
    }
    catch (error) {
        throw isDeadline(error) ? deadlineDuring(request, server, error, clock.now() - sentAt) : error;
    }
}
/** Returns the interruption by a deadline that cut a request short. Its words or its cause say if the server may hang. */
function deadlineDuring(request, server, deadline, elapsedMs) {
    const waitedMs = Math.round(elapsedMs / 1000) * 1000;
    // A download takes long even if the server does not hang.
    if (request.kind === 'download' || waitedMs < MIN_HANGING_MS)
        return deadline;
    // A server that has answered before may only be slow: a read that the deadline cuts short is no failure of it.
    if (request.kind === 'read' && server.state.answeredAt !== undefined) {
        const because = `${deadline.message} while the server had not answered for ${waitedMs / 1000} s`;
        return new Interruption('deadline', because);
    }
    const cause = new RequestFailed(request, { kind: 'time-out', timeoutMs: waitedMs }, server);
    return new Interruption('deadline', deadline.message, { cause });
}
/** Reads the value in an answer. Throws {@link AttemptFailed}. */
async function readValue(response, { path, shape, contentBy, limitBytes }, { api, baseUrl }) {
    const body = await readBody(response, limitBytes);
    // An agent could imitate a key: then ordinary words would be redacted.
    if (contentBy === undefined)
        api.registerSecrets(body.json);
    requireSuccess(response, body, api.limitsIn, baseUrl + path);
    requireJson(response, body);
    return requireShape(body.json, shape);
}

;// CONCATENATED MODULE: ./build/src/http/retry.js



const FIRST_BACKOFF_MS = 1_000;
/** Added to Retry-After, once and up to a second time: servers round it down, even to 0. */
const ROUNDING_MS = 1_000;
/** The longest backoff. `recent`: the server has answered within a minute. `deferred`: it only refuses for now. */
const MAX_BACKOFF_MS = { usual: 30_000, recent: 15_000, deferred: 60_000 };
const RECENT_MS = 60_000;
/** The last retry comes this long before the deadline. */
const LAST_RETRY_MARGIN_MS = 2_000;
/** How long to retry. A server that is known to have worked may be in a deployment, so it gets more time. */
const MAX_RETRY_MS = { unknown: 20_000, known: 180_000 };
/** The spacing of requests after a rate limit, and after another one: then the account has many clients. */
const SPACING_MS = 6_000;
const CROWDED_SPACING_MS = 60_000;
const SPACING_SHRINK_FACTOR = 0.85;
const MIN_SPACING_MS = 1_000;
/** How long requests after one that was due are sent without spacing. */
const BURST_MS = 2_000;
/** Runs `attempt` until it succeeds or may not be retried. Throws its failure, what `waitBefore` throws, or the signal's reason. */
async function retry(attempt, { clock, signal, tries, mayRetry, waitBefore }) {
    let failing;
    for (let tried = 1;; tried += 1) {
        signal.throwIfAborted();
        try {
            return await attempt();
        }
        catch (error) {
            if (!(error instanceof request_failure_AttemptFailed) || !mayRetry(error.failure) || tried === tries)
                throw error;
            failing = streakWith(error.failure, failing, clock.now());
            await clock.sleep(waitBefore(error.failure, failing), signal);
        }
    }
}
/** Returns the streak with one more failure; a new streak if the failure is of the other kind. */
function streakWith(failure, streak, now) {
    const deferred = request_failure_isDeferred(failure);
    if (streak?.isDeferred === deferred)
        return { ...streak, count: streak.count + 1 };
    return { isDeferred: deferred, since: now, count: 1 };
}
/**
 * Returns the wait before the next try, in milliseconds. Throws {@link RequestFailed} if that would be too long since the first
 * failure, or an interruption if the server asks for a wait beyond the deadline.
 */
function waitMsBeforeRetry(timing, error, failing) {
    const now = timing.clock.now();
    const waitMs = waitMsAfter(error.failure, failing, timing);
    const isWaitAsked = retryAfterOf(error.failure) !== undefined;
    // If the server has never answered, no retry gets past a login in front of it.
    if (asksForLogin(error.failure) && timing.state.answeredAt === undefined && !timing.isNamed)
        throw error;
    // Deferrals have no such limit: the server works, it only gets too many requests.
    if (!failing.isDeferred) {
        const hasAddress = error.failure.kind !== 'network' || error.failure.code !== 'ENOTFOUND';
        const isKnown = (timing.isKnown === true && hasAddress) || timing.state.answeredAt !== undefined;
        const maxMs = MAX_RETRY_MS[isKnown ? 'known' : 'unknown'];
        const triedMs = now - failing.since;
        // A wait that the server asks for does not count: it may be longer than the limit.
        const countedMs = isWaitAsked ? triedMs : triedMs + waitMs;
        if (countedMs > maxMs)
            throw error.withTriedTime(triedMs);
    }
    if ((isWaitAsked || failing.isDeferred) && waitMs > timing.deadlineAt - now)
        throw retryAfterDeadline(error, waitMs);
    return waitMs;
}
/**
 * Runs once what must not be repeated. If the server defers it, or it never reached the server, returns that, and how long to wait. What
 * never reached the server is tried for as long as a read is.
 */
async function runOnce(attempt, timing) {
    const { state, clock } = timing;
    try {
        const result = await attempt();
        state.deferrals = 0;
        state.unsent = undefined;
        return result;
    }
    catch (error) {
        const waitMs = error instanceof RequestFailed ? waitMsAfterOnce(error, timing) : undefined;
        if (!(error instanceof RequestFailed) || waitMs === undefined)
            throw error;
        // A caller that looks first whether the retry is needed does not wait once more for that.
        state.dueAt = clock.now() + waitMs;
        return { kind: 'deferred', problem: error.problem, waitMs };
    }
}
/** Returns the wait before a caller tries again; `undefined` if it may not. Throws if it has tried for too long. */
function waitMsAfterOnce(error, timing) {
    const { state, clock } = timing;
    if (neverArrived(error.failure)) {
        state.unsent = streakWith(error.failure, state.unsent, clock.now());
        return waitMsBeforeRetry(timing, error, state.unsent);
    }
    // The request has reached the server, so the outage is over. The next one is counted from its own beginning.
    state.unsent = undefined;
    if (!isDeferred(error.failure))
        return undefined;
    state.deferrals += 1;
    return waitMsAfter(error.failure, { isDeferred: true, count: state.deferrals }, timing);
}
/**
 * Returns the wait before the next try, in milliseconds: exponential backoff with full jitter; or Retry-After (RFC 9110, section
 * 10.2.3) and a little more. The last try of a deferred request comes just before the deadline.
 */
function waitMsAfter(failure, failing, timing) {
    const { clock, random, deadlineAt } = timing;
    const askedMs = retryAfterOf(failure);
    const minMs = askedMs === undefined ? 0 : askedMs + ROUNDING_MS;
    const jitterMs = askedMs === undefined
        ? random() * Math.min(maxBackoffMsFor(failing, timing), FIRST_BACKOFF_MS * 2 ** failing.count)
        : random() * ROUNDING_MS +
            // The server says when: other clients are a reason to spread that time, and no other.
            spreadMs(Math.min(timing.state.spacingMs, Math.max(SPACING_MS, askedMs)), timing);
    const waitMs = minMs + jitterMs;
    const leftMs = deadlineAt - clock.now();
    const hasRoomForLastTry = leftMs > 2 * LAST_RETRY_MARGIN_MS;
    if (!failing.isDeferred || !hasRoomForLastTry)
        return waitMs;
    return Math.max(minMs, Math.min(waitMs, leftMs - LAST_RETRY_MARGIN_MS));
}
/** Returns the longest backoff, in milliseconds. Shorter ones notice sooner that an outage is over. */
function maxBackoffMsFor({ isDeferred }, timing) {
    if (isDeferred)
        return MAX_BACKOFF_MS.deferred;
    const { clock, state, maxBackoffMs = Infinity } = timing;
    const isRecent = clock.now() - (state.answeredAt ?? -Infinity) < RECENT_MS;
    return Math.min(maxBackoffMs, isRecent ? MAX_BACKOFF_MS.recent : MAX_BACKOFF_MS.usual);
}
/** Returns a time of ±50 %, in milliseconds. */
function spreadMs(ms, { random, isUnspaced }) {
    return isUnspaced ? 0 : ms * (0.5 + random());
}
/** Waits until the spacing since the last request has passed. What follows that request at once belongs to it. */
async function waitUntilDue(timing) {
    const { clock, state, isUnspaced, signal, deadlineAt } = timing;
    if (isUnspaced || clock.now() < state.burstUntil)
        return;
    const dueAt = Math.min(state.dueAt, deadlineAt - LAST_RETRY_MARGIN_MS);
    if (dueAt > clock.now())
        await clock.sleep(dueAt - clock.now(), signal);
    state.burstUntil = clock.now() + BURST_MS;
}
/**
 * Sends a request, and remembers what it shows of the rate limit. The clients of an account share that without knowing each other: after a
 * refusal, each spaces out its requests, less with each success.
 */
async function heedLimits(attempt, timing) {
    const { clock, state } = timing;
    const sentAt = clock.now();
    try {
        const result = await attempt();
        const spacingMs = state.spacingMs * SPACING_SHRINK_FACTOR;
        state.spacingMs = spacingMs < MIN_SPACING_MS ? 0 : spacingMs;
        // A retry after a rate limit has waited, too.
        if (state.burstUntil === -Infinity)
            state.burstUntil = clock.now() + BURST_MS;
        return result;
    }
    catch (error) {
        const failure = error instanceof AttemptFailed ? error.failure : undefined;
        if (failure?.kind === 'status' && failure.limit === 'rate-limit') {
            state.burstUntil = -Infinity;
            state.spacingMs = state.spacingMs > 0 ? CROWDED_SPACING_MS : SPACING_MS;
        }
        throw error;
    }
    finally {
        state.dueAt = sentAt + spreadMs(state.spacingMs, timing);
    }
}

;// CONCATENATED MODULE: ./build/src/version.js
/** The version of this action, as in `package.json`. */
const VERSION = '1.0.0';
/** The user agent of requests. */
const version_USER_AGENT = `openhands-conversation-action/${VERSION}`;

// EXTERNAL MODULE: ./build/src/github/failure.js + 1 modules
var github_failure = __nccwpck_require__(339);
// EXTERNAL MODULE: ./build/src/http/address.js + 2 modules
var address = __nccwpck_require__(199);
;// CONCATENATED MODULE: ./build/src/github/redirect.js





/** How much of the end of a file is returned. */
const END_BYTES = 64 * 1024;
const MAX_JOB_LOG_BYTES = 64 * 1024 * 1024;
/** Reads the last whole lines of a text file behind one redirect, to which no credentials go. Throws {@link AttemptFailed}. */
async function readEndOfRedirected(from, send, signal) {
    return readEnd(await openRedirected(from, send, signal));
}
/** Reads a file of at most `limitBytes` behind one redirect, to which no credentials go. Throws {@link AttemptFailed}. */
async function readRedirected(from, send, signal, limitBytes) {
    const response = await openRedirected(from, send, signal);
    return Buffer.concat(await Array.fromAsync(bodyChunksOf(response, limitBytes)));
}
async function openRedirected([address, credentials], send, signal) {
    const get = async (url, expected, headers = {}) => {
        const init = { headers: { 'user-agent': version_USER_AGENT, ...headers }, redirect: 'manual', signal };
        const response = await answer_wrapNetworkErrors(async () => send(url, init));
        const { status } = response;
        if (status === expected)
            return response;
        const { json } = await answer_readBody(response);
        throw new request_failure_AttemptFailed({ kind: 'status', status, detail: '', ...(0,github_failure/* gitHubLimits */.mb)(response, json) });
    };
    const { headers, body } = await get(address, 302, credentials);
    await body?.cancel();
    const location = URL.parse(headers.get('location') ?? '');
    if (location === null || !mayFollow(location, address))
        throw new request_failure_AttemptFailed({ kind: 'unexpected', reason: 'GitHub redirects to an address without https' });
    return get(location.href, 200);
}
/** A redirect may go to https or, in tests, from this machine to itself. */
function mayFollow({ protocol, href }, from) {
    return protocol === 'https:' || (protocol === 'http:' && (0,address/* isLoopbackUrl */.tE)(from) && (0,address/* isLoopbackUrl */.tE)(href));
}
async function readEnd(response) {
    let end = Buffer.alloc(0);
    let size = 0;
    for await (const piece of bodyChunksOf(response, MAX_JOB_LOG_BYTES)) {
        size += piece.byteLength;
        end = Buffer.concat([end, piece]).subarray(-END_BYTES);
    }
    const text = end.toString();
    // Drops the first line, which is incomplete: half a secret in it would not be redacted.
    return size > END_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
}

;// CONCATENATED MODULE: ./build/src/github/octokit.js









/**
 * The bounds of all requests that may be repeated. A GraphQL query may: it is sent as a POST, but changes nothing. `timeoutMs` is
 * for one try, `limitMs` for all together.
 */
const BOUNDS = { timeoutMs: 10_000, tries: 2, mayRetry: isTransient, limitMs: Infinity };
/** Unless a limit refused a POST, GitHub may have acted on it: so only such a refusal is retried. */
const POST_BOUNDS = { ...BOUNDS, mayRetry: request_failure_isDeferred };
const LOG_BOUNDS = { ...BOUNDS, timeoutMs: 20_000, tries: 1 };
/** The wait before a retry, if GitHub names none. */
const DEFAULT_RETRY_AFTER_MS = 1_000;
/** Longer waits fail at once. */
const MAX_RATE_LIMIT_WAIT_MS = github_failure/* RATE_LIMIT_WAIT_MS */.s + github_failure/* RESET_MARGIN_MS */.u_;
/**
 * Returns a function that connects to the runner's GitHub with a token.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
function gitHubConnector(env, { fetch, clock }) {
    const apiUrl = (env['GITHUB_API_URL'] ?? 'https://api.github.com').replace(/\/+$/, '');
    return (token) => connectGitHub({ apiUrl, token, fetch, clock });
}
/** Splits `owner/repo` into the parameters of a route. */
function ownerAndRepo(repository) {
    const [owner = '', repo = ''] = repository.split('/');
    return { owner, repo };
}
/** An input that is set, even to nothing, does not get the default of `action.yml`. */
const NO_TOKEN = "github-token is empty: leave it out to use the job's own token";
/** Connects to GitHub with Octokit. The first request loads it, which takes longer than the rest of the action. */
function connectGitHub(options) {
    const { apiUrl, token, fetch, clock } = options;
    let loading;
    /** Sends one request, and returns the data of its answer. Throws {@link AttemptFailed}. */
    const send = async (route, parameters, signal) => {
        const octokit = await (loading ??= loadOctokit(options));
        try {
            const request = { ...parameters, request: { signal } };
            const response = await octokit.request(route, request);
            return response.data;
        }
        catch (error) {
            // Octokit wraps what fetch throws.
            const cause = (0,data/* memberOf */.C5)(error, 'cause');
            throw cause instanceof request_failure_AttemptFailed ? cause : error;
        }
    };
    /** Does an exchange, again if the bounds allow it, and turns the last failure into {@link GitHubFailure}. */
    const ask = async (goal, signal, exchange, { tries, timeoutMs, mayRetry, limitMs } = BOUNDS) => {
        if (token === '')
            throw new github_failure/* GitHubFailure */.iK(goal, NO_TOKEN, 401);
        const askWithin = async (limited) => {
            const once = async () => withTimeout(clock, timeoutMs, limited, exchange);
            const waitBefore = waitWithin(Math.min(limitMs, MAX_RATE_LIMIT_WAIT_MS));
            return retry(once, { clock, signal: limited, tries, mayRetry, waitBefore });
        };
        try {
            return await withTimeout(clock, limitMs, signal, askWithin);
        }
        catch (error) {
            if (!(error instanceof request_failure_AttemptFailed))
                throw error;
            const { failure } = error;
            const status = failure.kind === 'status' ? failure.status : 0;
            throw new github_failure/* GitHubFailure */.iK(goal, failureReason(failure), status, request_failure_retryAfterOf(failure));
        }
    };
    // Logs and artifacts do not go through Octokit, whose fetch refuses redirects: GitHub answers with one to a storage.
    const addressOf = (path) => [
        `${apiUrl}/repos/${path}`,
        { authorization: `token ${token}`, accept: 'application/vnd.github+json' },
    ];
    const during = (signal) => ({
        rest: async ({ goal, route, parameters, shape, limitMs = Infinity }) => {
            const read = async (timed) => answer_requireShape(await send(route, parameters, timed), shape);
            return ask(goal, signal, read, { ...(route.startsWith('POST') ? POST_BOUNDS : BOUNDS), limitMs });
        },
        graphql: async ({ goal, query, variables, shape, limitMs = Infinity }) => {
            const read = async (timed) => {
                const url = `${apiUrl.replace(/\/v3$/, '')}/graphql`;
                const body = await send(`POST ${url}`, { query, variables }, timed);
                return answer_requireShape(dataIn(body, goal), shape);
            };
            return ask(goal, signal, read, { ...BOUNDS, limitMs });
        },
        readJobLog: async (repository, job) => {
            const from = addressOf(`${repository}/actions/jobs/${job}/logs`);
            const read = async (timed) => readEndOfRedirected(from, fetch, timed);
            return ask('read the log of a job', signal, read, LOG_BOUNDS);
        },
        readArtifact: async (repository, id, limitBytes) => {
            const from = addressOf(`${repository}/actions/artifacts/${id}/zip`);
            return ask('read an artifact', signal, async (timed) => readRedirected(from, fetch, timed, limitBytes));
        },
    });
    return { during };
}
/** Returns the wait before a retry. Fails at once instead of waiting longer than `limitMs`. */
function waitWithin(limitMs) {
    return (failure) => {
        const waitMs = request_failure_retryAfterOf(failure) ?? DEFAULT_RETRY_AFTER_MS;
        if (waitMs > limitMs)
            throw new request_failure_AttemptFailed(failure);
        return waitMs;
    };
}
const GRAPHQL_STATUSES = new Map(Object.entries({ FORBIDDEN: 403, NOT_FOUND: 404, RATE_LIMITED: 429 }));
const GraphqlAnswer = external_valibot_js_.object({
    data: external_valibot_js_.optional(external_valibot_js_.unknown()),
    errors: external_valibot_js_.optional(external_valibot_js_.array(external_valibot_js_.object({ type: external_valibot_js_.optional(external_valibot_js_.string(), ''), message: external_valibot_js_.string() })), []),
});
/** Returns the data of a GraphQL answer. GraphQL reports errors with HTTP status 200. */
function dataIn(body, goal) {
    const { data, errors } = answer_requireShape(body, GraphqlAnswer);
    const [error] = errors;
    if (error === undefined)
        return data;
    throw new github_failure/* GitHubFailure */.iK(goal, error.message, GRAPHQL_STATUSES.get(error.type) ?? 400);
}
/**
 * Wraps fetch. Follows no redirects, so that the token goes only to the configured origin. Refuses large answers. A repeated GET has
 * the ETag of its last answer: if that has not changed, the request does not count against GitHub's rate limit.
 * Source: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
function guardFetch(fetch) {
    const cache = new Map();
    return async (input, init = {}) => {
        const address = input instanceof Request ? input.url : input.toString();
        const isRead = init.method === 'GET';
        const known = isRead ? cache.get(address) : undefined;
        const headers = new Headers(init.headers);
        if (known)
            headers.set('if-none-match', known.etag);
        const response = await answer_wrapNetworkErrors(async () => fetch(input, { ...init, headers, redirect: 'manual' }));
        const body = await answer_readBody(response);
        // 304: the cached answer is still right.
        if (known && response.status === 304)
            return known.answer.clone();
        answer_requireSuccess(response, body, github_failure/* gitHubLimits */.mb);
        const answer = new Response(body.text || null, response);
        const etag = answer.headers.get('etag');
        if (isRead && etag !== null)
            cache.set(address, { etag, answer: answer.clone() });
        return answer;
    };
}
async function loadOctokit({ token, fetch, apiUrl }) {
    const github = await import(/* webpackIgnore: true */ "./get-octokit.js");
    const silent = () => undefined;
    return github.getOctokit(token, {
        baseUrl: apiUrl,
        userAgent: version_USER_AGENT,
        request: {
            fetch: guardFetch(fetch),
            // Octokit's own log would contain GitHub's texts without redaction.
            log: { debug: silent, info: silent, warn: silent, error: silent },
        },
    });
}


/***/ }),

/***/ 696:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   il: () => (/* binding */ gitHubUrlOf)
/* harmony export */ });
/* unused harmony exports workflowOf, readPayload */
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(455);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(161);



/**
 * Reads facts about the workflow from the runner's environment.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 *
 * @param entry the path of the file that runs.
 */
function workflowOf(env, entry = '') {
    const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
    const temporary = env['RUNNER_TEMP'] ?? tmpdir();
    return {
        repository: env['GITHUB_REPOSITORY'] ?? '',
        runId: env['GITHUB_RUN_ID'],
        step: ['RUN_ID', 'JOB', 'ACTION'].map((name) => env[`GITHUB_${name}`] ?? ''),
        isFirstAttempt: env['GITHUB_RUN_ATTEMPT'] === '1',
        attempt: env['GITHUB_RUN_ATTEMPT'] ?? '',
        gitHubUrl: gitHubUrlOf(env),
        helpUrl: helpUrlOf(env, entry),
        workspace,
        roots: [workspace, temporary],
        temporary,
        templateContext: async () => ({ github: githubOf(env), event: await readPayload(env) }),
    };
}
/**
 * Returns the address of the page that explains each status. In a composite action, the two variables may be those of another action: they
 * count only if the file that runs is in the folder that the runner gives to an action of that name and ref.
 */
function helpUrlOf(env, entry) {
    const { GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
    const isNamed = /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) && /^(?!.*\.\.)\w[\w./-]{0,200}$/.test(ref);
    const isOwn = entry.replaceAll('\\', '/').includes(`/${repository}/${ref}/dist/`);
    if (gitHubUrlOf(env) !== 'https://github.com' || !isNamed || !isOwn)
        return undefined;
    return `https://github.com/${repository}/blob/${ref}/docs/troubleshooting.md`;
}
/** Returns GitHub's URL, without a trailing slash. */
function gitHubUrlOf(env) {
    return (env['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, '');
}
/** Reads the payload of the event; `undefined` if it is missing or invalid. */
async function readPayload(env) {
    const text = await readFile(env['GITHUB_EVENT_PATH'] ?? '', 'utf8').catch(() => '');
    return parseJson(text)?.value;
}
function githubOf(env) {
    const value = (name) => env[`GITHUB_${name}`] ?? '';
    return {
        repository: value('REPOSITORY'),
        repository_owner: value('REPOSITORY_OWNER'),
        ref: value('REF'),
        ref_name: value('REF_NAME'),
        sha: value('SHA'),
        actor: value('ACTOR'),
        event_name: value('EVENT_NAME'),
        run_id: value('RUN_ID'),
        run_number: value('RUN_NUMBER'),
        run_attempt: value('RUN_ATTEMPT'),
        workflow: value('WORKFLOW'),
        server_url: gitHubUrlOf(env),
        head_ref: value('HEAD_REF'),
        base_ref: value('BASE_REF'),
    };
}


/***/ }),

/***/ 199:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  ZU: () => (/* binding */ NO_PROXY_HOSTS),
  tE: () => (/* binding */ isLoopbackUrl)
});

// UNUSED EXPORTS: METADATA, isLoopback, isSafeHost, systemLookup

;// CONCATENATED MODULE: external "node:dns/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns/promises");
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
const NO_PROXY_HOSTS = ['127.0.0.1', 'localhost', '::1', '[::1]'];
/** Whether a host, as in a URL, certainly is this machine. Subdomains of `localhost` may resolve to any address. */
function isLoopback(host) {
    return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
/** Like {@link isLoopback}, for a URL. */
function isLoopbackUrl(url) {
    return isLoopback(URL.parse(url)?.hostname ?? '');
}


/***/ }),

/***/ 134:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  C: () => (/* binding */ useProxy)
});

// UNUSED EXPORTS: setUpProxy

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
// EXTERNAL MODULE: ./build/src/http/address.js + 2 modules
var address = __nccwpck_require__(199);
;// CONCATENATED MODULE: ./build/src/http/proxy.js


const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
/**
 * Sends requests through the proxy of the environment, as curl and the runner do. By default, Node ignores the variables; when told
 * to use them, it also sends requests for loopback addresses to the proxy.
 * Source: https://nodejs.org/api/http.html#httpsetglobalproxyfromenvproxyenv (Node 24.14 and later).
 */
function useProxy(env, { onSecret, direct, http = external_node_http_namespaceObject }) {
    const proxies = {};
    for (const variable of PROXY_VARIABLES) {
        const value = (env[variable] ?? '').trim();
        if (value === '')
            continue;
        const address = parseProxyUrl(value);
        if (address === undefined)
            return { kind: 'invalid', variable };
        onSecret(address.password);
        onSecret(decodeURIComponent(address.password));
        proxies[variable] = address.href;
    }
    if (Object.keys(proxies).length === 0)
        return { kind: 'none' };
    if (http.setGlobalProxyFromEnv === undefined)
        return { kind: 'not-supported' };
    const noProxy = [env['NO_PROXY'] ?? env['no_proxy'] ?? '', ...address/* NO_PROXY_HOSTS */.ZU, ...direct]
        .filter((host) => host !== '')
        .join(',');
    http.setGlobalProxyFromEnv({ ...proxies, NO_PROXY: noProxy, no_proxy: noProxy });
    return { kind: 'used' };
}
/** Parses the URL of a proxy as Node accepts it; `undefined` if invalid. */
function parseProxyUrl(value) {
    // Like curl, accepts an address without a scheme.
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    if (url === null || !['http:', 'https:'].includes(url.protocol))
        return undefined;
    // Node throws for more than a host, and below for an invalid escape in the user name or the password.
    if (url.pathname !== '/' || /[?#]/.test(url.href))
        return undefined;
    try {
        decodeURIComponent(url.username);
        decodeURIComponent(url.password);
        return url;
    }
    catch {
        return undefined;
    }
}
/**
 * Sets up the proxy for the requests of the step. Returns `none` if the server runs on this machine: it is called directly, so that an
 * unusable proxy is no problem.
 */
function setUpProxy(baseUrl, use, onSecret) {
    if (!isLoopbackUrl(baseUrl))
        return use({ onSecret, direct: [] });
    // For the step's other requests. The server's own address may be one that NO_PROXY_HOSTS lacks, such as 127.0.0.2.
    use({ onSecret, direct: [new URL(baseUrl).hostname] });
    return { kind: 'none' };
}


/***/ }),

/***/ 64:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Ls: () => (/* binding */ WrongInputs),
/* harmony export */   sw: () => (/* binding */ checkInputs)
/* harmony export */ });
/* unused harmony exports inputProblem, InputReader */
/* harmony import */ var _port_api_version_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(90);
/* harmony import */ var _text_safe_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(948);


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
        return { raw, value, shown: `"${(0,_text_safe_js__WEBPACK_IMPORTED_MODULE_1__/* .singleLine */ .pF)(value, MAX_SHOWN_CHARACTERS)}"` };
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
        const { isComplete = true } = (0,_port_api_version_js__WEBPACK_IMPORTED_MODULE_0__/* .traitsOf */ .JC)((0,_port_api_version_js__WEBPACK_IMPORTED_MODULE_0__/* .wantedApiOf */ .dn)(this.given('api-version').value)) ?? {};
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


/***/ }),

/***/ 90:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Bo: () => (/* binding */ API_VERSIONS),
  JC: () => (/* binding */ traitsOf),
  dn: () => (/* binding */ wantedApiOf)
});

// UNUSED EXPORTS: WANTED_APIS, isAgentServer

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


/***/ }),

/***/ 421:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F9: () => (/* binding */ ApiFailure),
/* harmony export */   JV: () => (/* binding */ SEND),
/* harmony export */   d3: () => (/* binding */ START)
/* harmony export */ });
/* unused harmony exports ATTACH, RESUME, STOP, TRAJECTORY, PATCH */
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


/***/ }),

/***/ 249:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  ml: () => (/* binding */ systemClock),
  NE: () => (/* binding */ withDeadline)
});

// UNUSED EXPORTS: withGrace

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
// EXTERNAL MODULE: ./build/src/port/interruption.js
var interruption = __nccwpck_require__(658);
;// CONCATENATED MODULE: ./build/src/port/clock.js


/** Node's longest timer, 24 days: a longer one fires at once. Used for "never". */
const MAX_TIMER_MS = 2 ** 31 - 1;
const systemClock = {
    now: () => performance.now(),
    date: () => new Date(),
    async sleep(ms, signal) {
        try {
            // Never negative: Node warns about negative delays.
            await (0,promises_namespaceObject.setTimeout)(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, { signal });
        }
        catch (error) {
            // Node throws an error of its own for an abort.
            signal.throwIfAborted();
            throw error;
        }
    },
};
/** Runs the body with a signal that is aborted after `ms` milliseconds, or when `cancelled` is. `because` describes the deadline. */
async function withDeadline(clock, ms, cancelled, body, because) {
    // The grace after a signal that is already aborted begins now.
    const alreadyAborted = AbortSignal.abort(new interruption/* Interruption */._n('deadline', because));
    return withGrace(clock, ms, alreadyAborted, async (passed) => body(AbortSignal.any([passed, cancelled])));
}
/** Runs the body with a signal that is aborted `ms` milliseconds after another one: work that is almost done can finish. */
async function withGrace(clock, ms, signal, body) {
    const grace = new AbortController();
    const done = new AbortController();
    const abortLater = () => {
        clock.sleep(ms, done.signal).then(() => {
            grace.abort(signal.reason);
        }, 
        // The body was done first.
        () => undefined);
    };
    if (signal.aborted)
        abortLater();
    else
        signal.addEventListener('abort', abortLater, { signal: done.signal });
    try {
        return await body(grace.signal);
    }
    finally {
        // A running timer would keep the process alive.
        done.abort();
    }
}


/***/ }),

/***/ 658:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Np: () => (/* binding */ STOP_REASONS),
/* harmony export */   _n: () => (/* binding */ Interruption),
/* harmony export */   dw: () => (/* binding */ CONTEXT_TOO_SMALL),
/* harmony export */   vh: () => (/* binding */ isDeadline)
/* harmony export */ });
/* unused harmony exports INTERRUPTIONS, STOPS, inputAgainstStop, isCloneFailure, retryAfterDeadline */
/* harmony import */ var _text_safe_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(948);

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


/***/ }),

/***/ 787:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  YK: () => (/* binding */ problemLine)
});

// UNUSED EXPORTS: FINISH, USE_ANOTHER_MODEL, failureKindOf, isSaidByStatus, problemIn

// EXTERNAL MODULE: ./build/src/port/api.js
var api = __nccwpck_require__(421);
// EXTERNAL MODULE: ./build/src/port/interruption.js
var interruption = __nccwpck_require__(658);
// EXTERNAL MODULE: ./build/src/text/lines.js
var lines = __nccwpck_require__(746);
// EXTERNAL MODULE: ./build/src/text/safe.js
var safe = __nccwpck_require__(948);
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
    return `failed to ${failedTo}: ${(0,safe/* asClause */.eI)(because)}.${todo}`;
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
const SAID_BY_STATUS = [FINISH, api/* START */.d3, api/* SEND */.JV, GET_DONE];
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
    ['model-context', interruption/* CONTEXT_TOO_SMALL */.dw],
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


/***/ }),

/***/ 765:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $6: () => (/* binding */ textAt),
/* harmony export */   C5: () => (/* binding */ memberOf),
/* harmony export */   qF: () => (/* binding */ parseJson)
/* harmony export */ });
/* unused harmony exports memberAt, numberAt, isUuid, withoutSecrets, parsedSizeOf */
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


/***/ }),

/***/ 746:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   BP: () => (/* binding */ logLine),
/* harmony export */   Gi: () => (/* binding */ quotedLines)
/* harmony export */ });
/* unused harmony exports step, heartbeat, notice, warning */
/* harmony import */ var _safe_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(948);

const step = (text) => ({ level: 'step', text });
const heartbeat = (text) => ({ level: 'heartbeat', text });
const notice = (text) => ({ level: 'notice', text });
const warning = (text) => ({ level: 'warning', text });
/**
 * Converts a text to one log line that is no command to the runner. The runner looks for `::` at the start of a line, after any kind
 * of white space, and for `##[` anywhere in it.
 * Source: `ActionCommand.TryParseV2` and `TryParse` in actions/runner, src/Runner.Common/ActionCommand.cs.
 */
function logLine(text) {
    const line = (0,_safe_js__WEBPACK_IMPORTED_MODULE_0__/* .stripInvisible */ ._0)(text)
        .replace(/[\n\t]/g, ' ')
        .trimEnd();
    const harmless = line.replaceAll('##[', '## [');
    return /^\s*::/.test(harmless) ? `| ${harmless}` : harmless;
}
/** Converts a text to log lines that begin with a bar: nobody should mistake them for the action's own. */
function quotedLines(text) {
    return (0,_safe_js__WEBPACK_IMPORTED_MODULE_0__/* .stripInvisible */ ._0)(text)
        .split('\n')
        .map((line) => logLine(`  | ${line}`));
}


/***/ }),

/***/ 948:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $E: () => (/* binding */ reasonLine),
/* harmony export */   J5: () => (/* binding */ TERMINAL_SEQUENCE),
/* harmony export */   SS: () => (/* binding */ codeSpan),
/* harmony export */   _0: () => (/* binding */ stripInvisible),
/* harmony export */   eI: () => (/* binding */ asClause),
/* harmony export */   ml: () => (/* binding */ shorten),
/* harmony export */   nw: () => (/* binding */ INVISIBLE_FORMATS),
/* harmony export */   pF: () => (/* binding */ singleLine)
/* harmony export */ });
/* unused harmony exports showInvisible, firstBytesOf, lastBytesOf, codeBlock, renderShort, shortenBackticks, fenceFor, capitalize, inertPiecesOf, inertHtmlOf */
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
function asClause(reason) {
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


/***/ }),

/***/ 287:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ UNKNOWN_REASON),
/* harmony export */   i: () => (/* binding */ toError)
/* harmony export */ });
/* harmony import */ var _data_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(765);

/** The message of what has none. */
const UNKNOWN_REASON = 'unknown reason';
/** Returns the properties of a thrown value, whatever it is. */
function toError(error) {
    return {
        message: (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(error, 'message') || UNKNOWN_REASON,
        code: (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(error, 'code'),
        stack: (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .textAt */ .$6)(error, 'stack'),
        cause: firstCauseOf(error),
    };
}
/** Returns the cause of an error. A connection to several addresses fails for several causes; the first is enough. */
function firstCauseOf(error) {
    const errors = (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .memberOf */ .C5)(error, 'errors');
    return Array.isArray(errors) ? (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .memberOf */ .C5)(errors, '0') : (0,_data_js__WEBPACK_IMPORTED_MODULE_0__/* .memberOf */ .C5)(error, 'cause');
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
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
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(664);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
