/**
 * Loaded before an app (`node --import tether.ts main.ts`): ends the process when its standard input ends, which is when the supervisor
 * that holds the other end of the pipe is gone, killed or not. The app gets the SIGTERM that it would get from the supervisor.
 */

/** After this the app has not stopped by itself, and nobody is left to kill it. */
const FORCE_AFTER_MS = 15_000;

function letGo(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), FORCE_AFTER_MS).unref();
}

process.stdin.on('end', letGo);
process.stdin.on('error', letGo);
process.stdin.resume();
// Only a pipe has unref: the tether must not keep alive an app that has nothing left to do.
if ('unref' in process.stdin) process.stdin.unref();
