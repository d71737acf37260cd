import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

const SCRIPT = join(import.meta.dirname, '../../local/isolate.sh');
/** Only root can isolate anything. */
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** What a shell script prints that has `start` and `stop`, a base for them, and a network of its own. */
function printed(script: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'isolate-'));
  const base = join(folder, 'base');
  mkdirSync(base);
  for (const each of ['home', 'tmp', 'workspace', '../show']) mkdirSync(join(base, each));
  const python = join(folder, 'show/python');
  writeFileSync(python, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const notes = { show: join(folder, 'show\n'), absent: '', python, port: '1', log: join(folder, 'log') };
  for (const [name, text] of Object.entries(notes)) writeFileSync(join(base, name), text);
  const all = `
    base=${base}
    start() { echo AGENT_PATH=/usr/bin:/bin | sh ${SCRIPT} start $base; }
    stop() { sh ${SCRIPT} stop $base; }
    trap stop EXIT
    ${script}`;
  try {
    const text = execFileSync('unshare', ['--net', 'sh', '-euc', all], { encoding: 'utf8' });
    return text.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('what isolate.sh does to the network', () => {
  asRoot('no route leads the agent to metadata, not for sockets that are bound to a device either', () => {
    const routes = printed(`
      ip link set lo up
      ip link add eth0 type veth peer name eth1
      ip link set eth0 up && ip link set eth1 up
      ip addr add 10.9.0.2/24 dev eth0 && ip route add default via 10.9.0.1
      ip -6 addr add fd99::2/64 dev eth0 nodad && ip -6 route add default via fd99::1
      start
      route() { echo "$1: $(ip route get "$@" uid "$(cat $base/uid)" 2>&1 | head -n 1)"; }
      for device in '' 'oif eth0' 'oif eth1' 'oif lo'; do
        for address in 169.254.169.254 168.63.129.16 fd00:ec2::254; do route $address $device; done
      done
      route 10.9.0.9`);
    const refused = routes.filter((line) => /: (?:RTNETLINK answers: |broadcast )/.test(line));
    expect(refused).toHaveLength(12);
    expect(routes.at(-1)).toMatch(/^10\.9\.0\.9: 10\.9\.0\.9 dev eth0 /);
  });

  asRoot('nothing of it remains after the server', () => {
    const state = 'ip rule; ip -6 rule; ip route show table all';
    const lines = printed(`
      ip link set lo up
      before="$(${state})"
      start
      [ "$before" != "$(${state})" ] && echo changed
      stop
      [ "$before" = "$(${state})" ] && echo restored`);
    expect(lines).toEqual(['changed', 'restored']);
  });
});
