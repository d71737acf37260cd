/**
 * What a step does after a cancel, in milliseconds. The runner terminates the process 7.5 s after it: what comes first leaves time to what
 * comes after it, and the last half second is for the exit.
 */
export const AFTER_CANCEL_MS = {
  /** How long stopping the agent may take. */
  stop: 4_000,
  /** By when the answer to a start must be there: without it, a conversation of V0 cannot be found. Leaves a second for the stop. */
  startAnswered: 5_500,
  /** By when the agent must be stopped: leaves half a second for summary and comment. */
  agentStopped: 6_500,
  /** By when the comment must be written. */
  commentWritten: 7_000,
} as const;
