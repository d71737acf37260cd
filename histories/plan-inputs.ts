import type { Dice } from './dice.ts';
import type { ServerKind } from './history.ts';

/** What decides which inputs fit together. */
interface Kind {
  readonly kind: ServerKind;
  readonly isKeyed: boolean;
  /** Whether it continues a conversation that it names. */
  readonly isFollowUp?: boolean;
  readonly isReview: boolean;
  /** Whether the pull request is of a fork, which only agents without tools review. */
  readonly isFork: boolean;
  readonly mix: string;
}

type Inputs = Readonly<Record<string, string>>;

/** Returns random inputs that fit together, for the step with a number. */
export function inputsOf(dice: Dice, frame: Kind, index: number): Inputs {
  const inputs = anyInputsOf(dice, frame, index);
  const mayBeBare = frame.kind === 'agent-server' && frame.isFollowUp !== true;
  return frame.isFork || (mayBeBare && dice.chance(0.2)) ? withoutTools(inputs) : inputs;
}

/** Returns the inputs for an agent without tools: those that it can have. */
function withoutTools(inputs: Inputs): Inputs {
  const kept = Object.entries(inputs).filter(
    ([name, value]) => !WITH_TOOLS.includes(name) && value !== 'pull-request',
  );
  return { ...Object.fromEntries(kept), tools: 'none', poll: 'true', 'working-directory': '' };
}

const WITH_TOOLS = ['branch', 'patch-file', 'wait-for-checks', 'max-fix-rounds'];

function anyInputsOf(dice: Dice, frame: Kind, index: number): Inputs {
  const { isKeyed, isReview } = frame;
  const waits = isReview || dice.chance(0.92);
  const own = dice.chance(0.1) ? `\nsimulate: ${dice.pick(OWN_SCENARIOS)}` : '';
  return {
    message: `Task of step ${index}.${isReview ? '' : own}`,
    poll: String(waits),
    ...stops(dice, frame),
    ...(isKeyed && {
      'idempotency-key': 'issue-12',
      'if-exists': isReview ? 'attach' : dice.pick(IF_EXISTS),
    }),
    ...(waits && judged(dice, frame)),
    ...dice.maybe(0.4, { comment: 'true', 'issue-number': isReview ? '7' : '1' }),
    ...dice.maybe(frame.kind === 'agent-server' && frame.isFollowUp !== true ? 0.35 : 0, { branch: 'next' }),
  };
}

const OWN_SCENARIOS = ['finish', 'forever', 'error', 'done', 'blocked'] as const;
const IF_EXISTS = [
  'attach',
  'attach',
  'send',
  'send',
  'restart',
  'restart-failed',
  'restart-merged',
] as const;

/** The inputs about when and how the step ends its wait. */
function stops(dice: Dice, { mix }: Kind): Inputs {
  const isEarly = mix === 'early';
  const timeout = dice.chance(isEarly ? 0.5 : 0.3)
    ? 3 + dice.below(isEarly ? 30 : 60)
    : dice.pick([90, 150, 1800, 1800, 1800, 1800]);
  return {
    'timeout-seconds': String(timeout),
    ...dice.maybe(0.1, { 'stop-on-cancel': 'false' }),
    ...dice.maybe(0.1, { 'stop-on-timeout': 'false' }),
    ...dice.maybe(0.5, { 'on-paused': dice.pick(['resume', 'fail']) }),
    ...dice.maybe(0.1, { 'poll-interval-seconds': dice.pick(['1', '5', '120']) }),
  };
}

/** The inputs about what the agent must deliver, and what that may cost. */
function judged(dice: Dice, { kind, isReview }: Kind): Inputs {
  const isV0 = kind === 'v0';
  return {
    ...(!isV0 && dice.chance(0.25) && { 'max-cost-usd': dice.pick(['0.05', '0.2', '0.3', '5']) }),
    ...(isReview ? { review: 'true', 'issue-number': '7' } : answered(dice)),
    ...dice.maybe(0.15, { 'wait-for-checks': 'true', 'max-fix-rounds': dice.pick(['0', '1', '2']) }),
    ...(!isV0 && dice.chance(0.15) && { 'patch-file': 'changes.patch' }),
    ...dice.maybe(0.1, { 'trajectory-file': 'trajectory.zip' }),
  };
}

function answered(dice: Dice): Inputs {
  if (dice.chance(0.25)) return { 'require-result': dice.pick(['done', 'done', 'pull-request']) };
  return dice.chance(0.08) ? { 'output-schema': SCHEMA } : {};
}

const SCHEMA = '{"type":"object","required":["changed"],"properties":{"changed":{"type":"boolean"}}}';
