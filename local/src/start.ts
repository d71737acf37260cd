import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { checkInputs } from '../../src/inputs/reader.ts';
import { copyCheckout } from './copy.ts';
import { environmentOf, type LocalServer } from './environment.ts';
import { ISOLATE, LocalFailure, START_SERVER } from './failure.ts';
import { type LocalInputs, localInputsIn } from './inputs.ts';
import { install, type Installed } from './install.ts';
import { isolatorOf, startIsolated } from './isolated.ts';
import { createPlace, type Place, placeFor, readNote } from './place.ts';
import { lastLines } from './programs.ts';
import { checkPort, type Started, waitUntilReady } from './ready.ts';
import type { LocalRunner } from './runner.ts';
import { startUnisolated, stopUnisolated } from './unisolated.ts';
import { viewOf, visiblePath } from './visible.ts';

export interface LocalWorld {
  readonly runner: LocalRunner;
  readonly env: NodeJS.ProcessEnv;
  /** The folder of `local/action.yml`, with the lists of packages, isolate.sh and the built code. */
  readonly folder: string;
}

const UNISOLATED_RISK =
  'the agent runs as the user of this job, as allow-unisolated asks for: it can read the secrets of all steps of this job and change what later steps run';

/**
 * Starts an agent server that outlives this process, and sets the outputs by which the next steps reach it.
 *
 * @throws {LocalFailure} or {WrongInputs} if the server could not be started. Post cleans up.
 */
export async function startLocal(world: LocalWorld): Promise<void> {
  const { runner, env } = world;
  const key = randomBytes(32).toString('hex');
  runner.secrets.add(key);
  const inputs = checkInputs(runner, localInputsIn);
  const { port } = inputs;
  await checkPort(port);
  const place = placeFor(temporaryOf(env), randomBytes(6).toString('hex'));
  // Saved before anything is created, so that post always finds what it must remove.
  runner.save(place.base);
  createPlace(place);
  const server = await startServer(world, inputs, place, key);
  await waitUntilReady(port, place.log, server);
  runner.info(`The agent server is ready on port ${port}. Its log: ${place.log}`);
  runner.output('base-url', `http://127.0.0.1:${port}`);
  runner.output('api-key', key);
  runner.output('working-directory', place.workspace);
  runner.output('log-file', place.log);
}

function temporaryOf(env: NodeJS.ProcessEnv): string {
  const temporary = env['RUNNER_TEMP'] ?? '';
  if (temporary === '')
    throw new LocalFailure(START_SERVER, 'RUNNER_TEMP is not set', 'run it as a step of a workflow');
  return temporary;
}

/** Installs and starts the server, isolated if that is possible. Throws {@link LocalFailure} if it must be isolated and cannot be. */
async function startServer(
  world: LocalWorld,
  { port, allowUnisolated }: LocalInputs,
  place: Place,
  key: string,
): Promise<Started> {
  const { runner, env, folder } = world;
  // `isolator` and `isolated` are texts if the server cannot be isolated: they say why.
  const isolator = await isolatorOf(folder);
  if (typeof isolator === 'string' && !allowUnisolated) throw isolationFailure(isolator);
  const { python, folders } = await installAndCopy(world, place);
  const server = { python, port, env: environmentOf(env, place, key) };
  if (typeof isolator === 'string') return startWithoutIsolation(world, place, server, isolator);
  const view = viewOf({ env, action: folder, node: process.execPath }, folders);
  const path = visiblePath(env['PATH'] ?? '', view);
  const isolated = await startIsolated(isolator, place, { ...server, path, view });
  if (typeof isolated !== 'string') {
    runner.info('The agent is isolated: it has its own user, processes and files');
    return isolated;
  }
  if (!allowUnisolated) throw isolationFailure(isolated);
  // Starts over: the files may belong to the agent's user by now.
  await isolator('stop', place.base);
  createPlace(place);
  await copyForAgent(world, place);
  return startWithoutIsolation(world, place, server, isolated);
}

async function installAndCopy(world: LocalWorld, place: Place): Promise<Installed> {
  const installing = installServer(world);
  const copying = copyForAgent(world, place);
  // Wait for both even if one fails: post must not remove files while the other still writes them.
  await Promise.allSettled([installing, copying]);
  // Both have ended: throws if either has failed.
  await copying;
  return installing;
}

function startWithoutIsolation(
  { runner, env }: LocalWorld,
  place: Place,
  server: LocalServer,
  why: string,
): Started {
  runner.warning(`The agent is not isolated (${why}): ${UNISOLATED_RISK}`);
  return startUnisolated(place, { ...server, path: env['PATH'] ?? '' });
}

function isolationFailure(why: string): LocalFailure {
  return new LocalFailure(
    ISOLATE,
    why,
    'run it on a Linux runner whose user is root or has sudo without a password, such as ubuntu-latest without container; or set allow-unisolated: true if the agent may have everything that the job has',
  );
}

async function installServer({ env, folder, runner }: LocalWorld): Promise<Installed> {
  const tools = join(toolFolderOf(env), 'openhands-agent-server');
  const installed = await install(folder, tools);
  runner.info(`The agent server ${installed.version} is installed in ${tools}`);
  return installed;
}

/** Returns the tool cache, which outlives the job, or the temporary folder if the job cannot write to the cache. */
function toolFolderOf(env: NodeJS.ProcessEnv): string {
  const { RUNNER_TOOL_CACHE: cache = '' } = env;
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
    return cache;
  } catch {
    return temporaryOf(env);
  }
}

async function copyForAgent({ env, runner }: LocalWorld, place: Place): Promise<void> {
  await copyCheckout(env['GITHUB_WORKSPACE'] ?? '', place.workspace);
  runner.info(`The agent has a copy of the checkout: ${place.workspace}`);
}

/**
 * Stops a server with all its processes, and removes its files except the log. Can be called repeatedly.
 *
 * @returns descriptions of what could not be stopped; empty on success.
 */
export async function stopLocal(place: Place, folder: string): Promise<readonly string[]> {
  if (!existsSync(place.base)) return [];
  const left: string[] = [];
  if (!(await stopUnisolated(place))) left.push('some of its processes did not stop');
  const isolator = await isolatorOf(folder);
  // Only root can stop processes of the agent's user and remove its files. A text says why that is impossible.
  if (typeof isolator === 'string') {
    // isolate.sh has written this note, so the server was isolated.
    if (readNote(place, 'uid') !== undefined) left.push(`the agent may still run: ${isolator}`);
    await rm(place.base, { recursive: true, force: true, maxRetries: 5 });
  } else {
    const ended = await isolator('stop', place.base);
    if (ended.code !== 0) left.push(`the agent may still run: ${lastLines(ended)}`);
  }
  return left;
}
