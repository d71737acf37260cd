import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import { textOf } from '../body-checks.ts';
import { type Call, json, refuse, type Reply } from '../reply.ts';
import type { AgentServerVariant } from './canvas.ts';
import type { Conversation } from './conversation.ts';
import type { Scope } from './store.ts';
import { commitOf, worktreeOf } from './worktree.ts';

const ARCHIVE = '/api/file/archive';
const CHANGES = '/api/git/changes';
/** The git refs that resolve in a repository with a single commit. */
const KNOWN_REFS = /^(?:HEAD|HEAD@\{\d{9,}\}|origin\/\S+)$/;

const REMOTE = 'https://github.com/octo-org/octo-repo.git';
/** The newest commit of a branch after others have pushed to it. */
const PUSHED_SINCE = '9e3e4f00'.repeat(5);
/** When they do so, after a start. */
const PUSHED_AFTER_MS = 2_000;
/** The only commit of a repository that an agent has made. */
const COMMIT_OF_AGENT = 'a6e47000'.repeat(5);

const NO_END = '\\ No newline at end of file';

/** Returns the folder in which the agent of a conversation works. */
export function folderOf({ order }: Conversation): string {
  return textOf(order.request, 'workspace', 'working_dir') ?? '/workspace/project';
}

/** Whether a path is one that returns the changes of agents. */
export function isAboutChanges(path: string): boolean {
  return path === ARCHIVE || path === CHANGES;
}

/**
 * Answers with the changes in a folder. Names in a patch are relative to the root of the repository, listed ones to the
 * folder and without blanks at their ends; neither has anything above the folder. By default there
 * is a repository with one commit.
 * Source: file_router.py and git_router.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export function answerAboutChanges(
  { query }: Call,
  path: string,
  scope: Scope,
  variant: AgentServerVariant = {},
): Reply {
  const without = withoutPatch(path, variant, query);
  if (without !== undefined) return without;
  const folder = query.get('path') ?? '';
  if (isWithoutClone(folder, scope)) return withoutCommit(path, 'empty', query);
  const repository = repositoryOf(folder, scope, variant);
  const { root, isNew } = repository;
  const ref = query.get(path === ARCHIVE ? 'base_ref' : 'ref') ?? 'HEAD';
  const commit = commitIn(repository, ref, scope);
  if (commit === undefined) return refuse(400, `base_ref ${JSON.stringify(ref)} could not be resolved`);
  const excludesAll = query.getAll('exclude').includes('*');
  // In a repository of the agent, everything is committed.
  const edits = excludesAll || isNew ? [] : editsIn(folder, root, scope);
  if (path === CHANGES) return listed(edits, folder);
  return {
    status: 200,
    type: 'text/x-patch; charset=utf-8',
    headers: {
      'x-archive-base-commit': commit,
      'x-archive-base-ref': ref,
      ...(folder === root && headersOf(repository, commitIn(repository, 'HEAD', scope))),
      'content-disposition': 'attachment; filename="project.patch"',
    },
    body: edits.map((edit) => patchOf(edit, posix.relative(root, edit.file))).join(''),
  };
}

function listed(edits: readonly Edit[], folder: string): Reply {
  return json(
    200,
    edits.map(({ file, before }) => ({
      status: before === undefined ? 'ADDED' : 'UPDATED',
      path: posix.relative(folder, file).trim(),
    })),
  );
}

/** A repository or a worktree. `isNew`: an agent has made it. */
interface Repository {
  readonly root: string;
  readonly isNew: boolean;
  readonly hasRemote: boolean;
  /** Whether git keeps a log of HEAD. */
  readonly hasLog: boolean;
}

function repositoryOf(folder: string, scope: Scope, variant: AgentServerVariant): Repository {
  const root = rootOf(folder, scope);
  const isNew = variant.makesRepository === true && editsIn(root, root, scope).length > 0;
  const hasRemote = !isNew && variant.folder !== 'no-remote';
  return { root, isNew, hasRemote, hasLog: variant.hasNoLog !== true };
}

/** Returns the headers about a repository, which the server sends only for its root. */
function headersOf({ root, hasRemote }: Repository, head = ''): Readonly<Record<string, string>> {
  return {
    'x-archive-head-commit': head,
    'x-archive-repo-root': encodeURIComponent(root),
    ...(hasRemote && { 'x-archive-repo-remote': encodeURIComponent(REMOTE) }),
  };
}

/**
 * Returns the commit of a ref in a repository; `undefined` if git does not know the ref. Some time after a worktree was made, others have
 * pushed to its branch.
 */
function commitIn({ root, isNew, hasLog }: Repository, ref: string, { store }: Scope): string | undefined {
  const isLog = ref.startsWith('HEAD@');
  if (isLog && !hasLog) return undefined;
  if (isNew) return isLog || ref === 'HEAD' ? COMMIT_OF_AGENT : undefined;
  const owner = store.all().find((each) => worktreeOf(folderOf(each)) === root);
  const commit = owner === undefined ? store.commit : commitOf(owner.order.request);
  if (ref !== commit && !KNOWN_REFS.test(ref)) return undefined;
  const isPushed = owner !== undefined && store.clock.now() - owner.order.at >= PUSHED_AFTER_MS;
  return isPushed && ref.startsWith('origin/') ? PUSHED_SINCE : commit;
}

/** Answers about a folder of which no patch can be made; `undefined` for a repository with a commit and files. */
function withoutPatch(path: string, { folder }: AgentServerVariant, query: Call['query']): Reply | undefined {
  if (folder === 'bare') return withoutFiles(path);
  const isWithoutCommit = folder === 'missing' || folder === 'empty' || folder === 'plain';
  return isWithoutCommit ? withoutCommit(path, folder, query) : undefined;
}

/**
 * Whether V1 has failed to clone a repository into a folder, which its server has then made an empty repository of. An earlier clone in the
 * same sandbox stays. Seen with openhands-ai 1.11.0.
 */
function isWithoutClone(folder: string, { store, inSandbox }: Scope): boolean {
  const inside = inSandbox.filter((each) => folderOf(each) === folder);
  return inside.length > 0 && inside.every(({ order }) => store.failsToClone(order));
}

/** Answers about a bare repository or a .git folder. Seen with 1.58.2. */
function withoutFiles(path: string): Reply {
  if (path === CHANGES)
    return refuse(400, 'Git command failed: git --no-pager diff --name-status --relative');
  const exception = '500: Failed to generate git delta: Failed to generate git delta';
  return json(500, { detail: 'Internal Server Error', exception });
}

/**
 * Answers about a folder without files: an empty repository without a commit, or none. Only of HEAD does the server not say that it cannot
 * be resolved. Seen with 1.34.0, 1.49.1 and 1.58.2.
 */
function withoutCommit(path: string, state: 'missing' | 'empty' | 'plain', query: Call['query']): Reply {
  if (path === CHANGES) return json(200, []);
  if (state === 'plain') return refuse(400, 'Not a git repository: Not a git repository');
  if (state === 'missing') return refuse(404, 'Directory not found');
  const ref = query.get('base_ref') ?? 'HEAD';
  if (ref !== 'HEAD') return refuse(400, `base_ref '${ref}' could not be resolved`);
  return { status: 200, type: 'text/x-patch; charset=utf-8', headers: {}, body: '' };
}

/** Returns the root of the repository that a folder is in: by default, the folder itself. */
function rootOf(folder: string, { store: { repository = folder } }: Scope): string {
  const worktree = worktreeOf(folder);
  if (worktree !== undefined) return worktree;
  return isIn(folder, repository) ? repository : folder;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** A changed file, by its absolute path. */
interface Edit {
  readonly file: string;
  /** The text that git tracks; `undefined` for a new file. */
  readonly before: string | undefined;
  readonly text: string;
}

/** Returns the last edit of each file in a folder, by all agents that work in its repository. */
function editsIn(folder: string, root: string, scope: Scope): readonly Edit[] {
  const all = scope.store
    .all()
    // Only conversations that the server shows.
    .filter((each) => scope.find(each.names.id) === each && rootOf(folderOf(each), scope) === root)
    .flatMap((each) =>
      each.events.flatMap(({ happening }): readonly Edit[] => {
        if (happening.kind !== 'edit') return [];
        const file = posix.resolve(folderOf(each), happening.path.replace(/^\/workspace\//, ''));
        return isIn(file, folder) ? [{ file, before: happening.before, text: happening.text }] : [];
      }),
    );
  return [...new Map(all.map((edit) => [edit.file, edit])).values()];
}

/** Returns the patch that creates a file, or replaces its text. */
function patchOf({ before, text }: Edit, name: string): string {
  const [old, fresh] = [linesOf('-', before), linesOf('+', text)];
  const isNew = before === undefined;
  const index = `index ${hashOf(before)}..${hashOf(text)}`;
  // Git ends a name that has blanks with a tab.
  const end = name.includes(' ') ? '\t' : '';
  return [
    `diff --git a/${name} b/${name}`,
    isNew ? `new file mode 100644\n${index}` : `${index} 100644`,
    isNew ? '--- /dev/null' : `--- a/${name}${end}`,
    `+++ b/${name}${end}`,
    `@@ -${rangeOf(old)} +${rangeOf(fresh)} @@`,
    ...old,
    ...fresh,
    '',
  ].join('\n');
}

/** Returns the lines of a text in a hunk; none if there is no text. */
function linesOf(sign: string, text = ''): readonly string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.map((line) => sign + (line.endsWith('\n') ? line.slice(0, -1) : `${line}\n${NO_END}`));
}

function rangeOf({ length }: readonly string[]): string {
  return length === 0 ? '0,0' : `1,${length}`;
}

/** Returns git's short name for a text. */
function hashOf(text: string | undefined): string {
  if (text === undefined) return '0000000';
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex')
    .slice(0, 7);
}
