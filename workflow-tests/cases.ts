import { SECOND_TRIES } from './cases-again.ts';
import { ASSISTANT } from './cases-assistant.ts';
import { CALLED } from './cases-called.ts';
import { CANARY } from './cases-canary.ts';
import { FORKS } from './cases-forks.ts';
import { ISSUES } from './cases-issues.ts';
import { ON_THE_RUNNER } from './cases-local.ts';
import { NEWEST } from './cases-newest.ts';
import { OTHERS } from './cases-others.ts';
import { PATCHES } from './cases-patch.ts';
import { PULL_REQUESTS } from './cases-pull-requests.ts';
import { REVIEW_FEEDBACK } from './cases-review-feedback.ts';
import { TRIAGE } from './cases-triage.ts';
import { WAITING } from './cases-waiting.ts';
import type { Case } from './checks.ts';

/** All cases. Each has its own server and runner, so that they can run at the same time. */
export const CASES: readonly Case[] = [
  ...ISSUES,
  ...PULL_REQUESTS,
  ...REVIEW_FEEDBACK,
  ...TRIAGE,
  ...FORKS,
  ...SECOND_TRIES,
  ...OTHERS,
  ...PATCHES,
  ...WAITING,
  ...CALLED,
  ...ASSISTANT,
  ...CANARY,
  ...NEWEST,
  ...ON_THE_RUNNER,
];
