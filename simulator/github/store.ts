/** A comment, for tests and for people. */
export interface CommentView {
  readonly id: number;
  /** The number of the issue or pull request. */
  readonly issue: number;
  /** The author's login; a bot's ends with `[bot]`. */
  readonly author: string;
  readonly body: string;
  /** All versions of the text, oldest first. */
  readonly bodies: readonly string[];
}

/** A reaction, for tests. */
export interface ReactionView {
  /** Such as `issues/1`, `issues/comments/2` or `pulls/comments/3`. */
  readonly target: string;
  readonly author: string;
  readonly content: string;
}

/** A comment of a review on lines of a file. */
export interface ReviewCommentView {
  readonly path: string;
  readonly line: number;
  readonly startLine: number | undefined;
  readonly body: string;
}

/** A review, for tests and for people. */
export interface ReviewView {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  readonly body: string;
  readonly event: string;
  readonly commit: string;
  readonly comments: readonly ReviewCommentView[];
}

/** A thread of a review, by its first comment. */
export interface ReviewThreadView {
  /** The id of the first comment. */
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  readonly path: string;
  /** The line at which it was begun; null for a whole file. */
  readonly originalLine: number | null;
  /** Absent for one line. */
  readonly startLine?: number;
  /** LEFT: of the file before the change. */
  readonly side?: 'LEFT';
  /** Whether the code has changed there since. */
  readonly isOutdated?: boolean;
  readonly isResolved: boolean;
  readonly body: string;
  /** The id of the review that began it, if a test names one. */
  readonly review?: number;
}

/** A reply in a thread. */
export interface ReplyView {
  readonly id: number;
  /** The id of the thread's first comment. */
  readonly thread: number;
  readonly author: string;
  readonly body: string;
  /** All versions of the text, oldest first. */
  readonly bodies: readonly string[];
}

/** What can change about a thread. */
type ThreadChange = Partial<Pick<ReviewThreadView, 'isResolved' | 'body'>>;

/** The threads of all reviews, oldest first. */
export interface ThreadStore {
  all(): readonly ReviewThreadView[];
  readonly begin: (thread: Omit<ReviewThreadView, 'id' | 'isResolved'>) => ReviewThreadView;
  readonly change: (id: number, change: ThreadChange) => void;
  /** Deletes a thread: its last comment was deleted. */
  readonly remove: (id: number) => void;
  /** Returns all replies, oldest first. */
  readonly replies: () => readonly ReplyView[];
  readonly reply: (thread: number, author: string, body: string) => ReplyView;
  readonly editReply: (id: number, body: string) => void;
  readonly removeReply: (id: number) => void;
}

/** Creates a store without threads. */
export function createThreadStore(): ThreadStore {
  const threads = new Map<number, ReviewThreadView>();
  const replies = new Map<number, ReplyView>();
  let next = FIRST_THREAD_ID;
  return {
    all: () => [...threads.values()],
    begin(given) {
      const thread = { ...given, id: next, isResolved: false };
      next += 1;
      threads.set(thread.id, thread);
      return thread;
    },
    change(id, change) {
      const thread = threads.get(id);
      if (thread !== undefined) threads.set(id, { ...thread, ...change });
    },
    remove(id) {
      threads.delete(id);
    },
    replies: () => [...replies.values()],
    reply(thread, author, body) {
      const added = { id: next, thread, author, body, bodies: [body] };
      next += 1;
      replies.set(added.id, added);
      return added;
    },
    editReply(id, body) {
      const before = replies.get(id);
      if (before !== undefined) replies.set(id, { ...before, body, bodies: [...before.bodies, body] });
    },
    removeReply(id) {
      replies.delete(id);
    },
  };
}

/** The comments and reactions of a repository. */
export interface GithubStore {
  all(): readonly CommentView[];
  /** Returns the comments of an issue or pull request, oldest first. */
  on(issue: number): readonly CommentView[];
  byId(id: number): CommentView | undefined;
  readonly add: (issue: number, author: string, body: string) => CommentView;
  edit(id: number, body: string): CommentView | undefined;
  /** Removes a comment. Returns whether it existed. */
  remove(id: number): boolean;
  readonly reactions: readonly ReactionView[];
  /** Adds a reaction. Returns whether it is new. */
  react(reaction: ReactionView): boolean;
}

/** Larger than 32 bits, like GitHub's ids today. */
const FIRST_ID = 3_500_000_001;
/** The id of the first thread. */
export const FIRST_THREAD_ID = 2_600_000_001;

/** Creates a store without comments. */
export function createGithubStore(): GithubStore {
  const comments = new Map<number, CommentView>();
  const reactions: ReactionView[] = [];
  let next = FIRST_ID;
  return {
    all: () => [...comments.values()],
    on: (issue) => [...comments.values()].filter((comment) => comment.issue === issue),
    byId: (id) => comments.get(id),
    add: (issue, author, body) => {
      const comment = { id: next, issue, author, body, bodies: [body] };
      comments.set(next, comment);
      next += 1;
      return comment;
    },
    edit: (id, body) => {
      const before = comments.get(id);
      if (before === undefined) return undefined;
      const after = { ...before, body, bodies: [...before.bodies, body] };
      comments.set(id, after);
      return after;
    },
    remove: (id) => comments.delete(id),
    reactions,
    react: (reaction) => {
      const isNew = !reactions.some(
        ({ target, author }) => target === reaction.target && author === reaction.author,
      );
      if (isNew) reactions.push(reaction);
      return isNew;
    },
  };
}
