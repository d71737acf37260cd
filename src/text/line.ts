/**
 * A line of the log. `step` is printed with the time since the start. So is `heartbeat`, but only if nothing was logged for a
 * while. `notice` and `warning` also appear on the page of the run.
 */
export interface Line {
  readonly level: 'step' | 'heartbeat' | 'notice' | 'warning';
  readonly text: string;
}

export const step = (text: string): Line => ({ level: 'step', text });
export const heartbeat = (text: string): Line => ({ level: 'heartbeat', text });
export const notice = (text: string): Line => ({ level: 'notice', text });
export const warning = (text: string): Line => ({ level: 'warning', text });
