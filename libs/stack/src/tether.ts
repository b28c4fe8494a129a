/**
 * Loaded before an app (`node --import tether.ts main.ts`): ends the process when its standard input ends, which is when the supervisor
 * that holds the other end of the pipe is gone, killed or not. The app gets the SIGTERM that it would get from the supervisor.
 */

/**
 * The back ends go a second after the supervisor, so that an app has time for its last appends and nothing to wait for afterwards. A start that
 * follows at once waits this long for the ports.
 */
const FORCE_AFTER_MS = 2_500;

function letGo(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), FORCE_AFTER_MS).unref();
}

process.stdin.on('end', letGo);
process.stdin.on('error', letGo);
process.stdin.resume();
// Only a pipe has unref: the tether must not keep alive an app that has nothing left to do.
if ('unref' in process.stdin) process.stdin.unref();
