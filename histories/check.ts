import { budgetHolds, neighborWorks, noAgentLeft, noAgentUnseen, noFalseAlarm } from './checks/agents.ts';
import { cloneIsThere } from './checks/clones.ts';
import { oneConversation } from './checks/conversations.ts';
import { crowdIsServed, endsAsItShould, failsForCause } from './checks/endings.ts';
import { checksAreRight, oneComment, oneReview } from './checks/github.ts';
import { messagesArrive, messagesOnce, messagesOnceSent } from './checks/messages.ts';
import {
  costIsRight,
  doneIsSaid,
  fileIsRight,
  oneError,
  oneStatus,
  outputsAreRight,
  patchIsRight,
  reusedIsRight,
} from './checks/outputs.ts';
import { pausesStay } from './checks/pauses.ts';
import { onlyWhoMay } from './checks/permissions.ts';
import { noFailureByPictures, picturesAreOnPage, picturesAreTold } from './checks/pictures.ts';
import { planIsNewest, titlesAreInert } from './checks/plans.ts';
import { oneReply } from './checks/replies.ts';
import { noMisuse, noSecret, saysWhereToLook, wordsForPeople } from './checks/texts.ts';
import { inTime } from './checks/times.ts';
import { bareAnswers, bareStarts } from './checks/tools.ts';
import type { Check, Violation } from './checks/violation.ts';
import { EXCEPTIONS } from './exceptions.ts';
import type { Played } from './play.ts';

const CHECKS: readonly Check[] = [
  noAgentUnseen,
  noAgentLeft,
  neighborWorks,
  noFalseAlarm,
  budgetHolds,
  pausesStay,
  oneConversation,
  cloneIsThere,
  messagesOnce,
  messagesOnceSent,
  messagesArrive,
  oneError,
  oneStatus,
  outputsAreRight,
  endsAsItShould,
  failsForCause,
  doneIsSaid,
  costIsRight,
  fileIsRight,
  reusedIsRight,
  patchIsRight,
  oneComment,
  oneReview,
  oneReply,
  checksAreRight,
  noSecret,
  noFailureByPictures,
  picturesAreTold,
  picturesAreOnPage,
  planIsNewest,
  titlesAreInert,
  wordsForPeople,
  saysWhereToLook,
  noMisuse,
  inTime,
  onlyWhoMay,
  bareStarts,
  bareAnswers,
  crowdIsServed,
];

/** What is wrong in a history, and the names of the exceptions that allow what else would be. */
export interface Verdict {
  readonly violations: readonly Violation[];
  readonly excepted: readonly string[];
}

/** Checks a history that was played. */
export function judge(played: Played): Verdict {
  const found = CHECKS.flatMap((check) => check(played)).map((violation) => ({
    violation,
    by: EXCEPTIONS.find(({ promise, allows }) => promise === violation.promise && allows(violation, played))
      ?.name,
  }));
  return {
    violations: found.flatMap(({ violation, by }) => (by === undefined ? [violation] : [])),
    excepted: found.flatMap(({ by }) => by ?? []),
  };
}
