import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { METADATA } from '../../src/http/address.ts';

/** Addresses of metadata services, and some in disguise: NAT64, 6to4, Teredo. */
const KNOWN = [
  ...['169.254.169.254', '168.63.129.16', 'fd00:ec2::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42'],
  ...['fe80::a9fe:a9fe', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '2001:0:a9fe:a9fe::1'],
];
const SCRIPT = join(import.meta.dirname, '../../local/isolate.sh');
/** Isolation needs root on Linux. */
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

/** A server that reports what it can reach of the process that started it. */
const SERVER = `#!/bin/sh
if [ "$1" = -I ]; then exec REAL "$@"; fi
[ -e /proc/$$/fd/8 ] && echo 'has a file of the job'
grep of-the-job /proc/keys
echo 'That is all.'
exec sleep 60
`;
/** Runs a program in a session that has a key, with the numbers of the Linux system calls add_key and keyctl. */
const KEYED = `
import ctypes, os, platform, sys
add, control = (248, 250) if platform.machine() == 'x86_64' else (217, 219)
call = ctypes.CDLL(None).syscall
call(control, 1, None)
call(add, b'user', b'of-the-job', b'secret', 6, -3)
os.execvp(sys.argv[1], sys.argv[1:])
`;

/**
 * Returns the lines that a shell script prints. The script has `start` and `stop`, a base folder for them, and its own
 * network.
 */
function printed(script: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'isolate-'));
  const base = join(folder, 'base');
  mkdirSync(base);
  for (const each of ['home', 'tmp', 'workspace', '../show']) mkdirSync(join(base, each));
  const ask = 'import sys; print(sys.executable); print(sys.base_prefix)';
  const [real = '', prefix = ''] = execFileSync('python3', ['-c', ask], { encoding: 'utf8' }).split('\n');
  const python = join(folder, 'show/python');
  writeFileSync(python, SERVER.replace('REAL', real), { mode: 0o755 });
  const show = [join(folder, 'show'), ...(prefix === '/usr' ? [] : [prefix]), ''].join('\n');
  const notes = {
    show,
    absent: '',
    metadata: METADATA.join('\n'),
    python,
    port: '1',
    log: join(folder, 'log'),
  };
  for (const [name, text] of Object.entries(notes)) writeFileSync(join(base, name), text);
  writeFileSync(join(folder, 'keyed.py'), KEYED);
  const all = `
    base=${base} log=${notes.log}
    start() { echo AGENT_PATH=/usr/bin:/bin | ${real} ${folder}/keyed.py sh ${SCRIPT} start $base; }
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

describe('a server started by isolate.sh', () => {
  asRoot('has no open file and no key of the job, and its output is in the log at once', () => {
    const log = printed(`
      start 8</etc/hostname
      timeout 20 sh -c "until grep -qs That.is.all $log; do :; done" || true
      cat $log`);
    expect(log).toEqual(['That is all.']);
  });
});

describe('isolate.sh stop', () => {
  asRoot('kills a copy that the step left running', () => {
    const lines = printed(`
      mkfifo $base/never
      cp $base/never $base/workspace &
      stop
      wait $! || kill -l $?
      ls -d $base 2>&1 | grep -c 'No such'`);
    expect(lines).toEqual(['KILL', '1']);
  });
});

describe('the network set up by isolate.sh', () => {
  asRoot('has no route from the agent to metadata services, not even for sockets bound to a device', () => {
    const routes = printed(`
      ip link set lo up
      ip link add eth0 type veth peer name eth1
      ip link set eth0 up && ip link set eth1 up
      ip addr add 10.9.0.2/24 dev eth0 && ip route add default via 10.9.0.1
      ip -6 addr add fd99::2/64 dev eth0 nodad && ip -6 route add default via fd99::1
      start
      route() { echo "$1: $(ip route get "$@" uid "$(cat $base/uid)" 2>&1 | head -n 1)"; }
      for device in '' 'oif eth0' 'oif eth1' 'oif lo'; do
        for address in ${KNOWN.join(' ')}; do route $address $device; done
      done
      route 10.9.0.9`);
    const refused = routes.filter((line) => /: (?:RTNETLINK answers: |broadcast )/.test(line));
    expect(refused).toHaveLength(4 * KNOWN.length);
    expect(routes.at(-1)).toMatch(/^10\.9\.0\.9: 10\.9\.0\.9 dev eth0 /);
  });

  asRoot.each(['169.254.169.254', 'fd00:c1::a9fe:a9fe'])(
    'cannot close %s if the machine itself has it: the server does not start',
    (address) => {
      const lines = printed(`
        ip link set lo up
        ip addr add ${address} dev lo
        start 2>&1 || echo "exit code $?"`);
      expect(lines).toEqual([
        `a cloud's metadata service stays open to the agent: ${address}`,
        'exit code 3',
      ]);
    },
  );

  asRoot('is removed after the server', () => {
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
