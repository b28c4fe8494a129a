/**
 * A process that is a ClickHouse server: `clickhouse-host.ts <config.xml> <data folder> <log> <host> <http port> <native port>`.
 *
 * npm's chdb carries `clickhouse local` as a library, and that has real HTTP and native listeners since 26.x. Its own Node binding cannot
 * start them, so the library's entry point is called by FFI.
 */
import { libchdbPath } from 'chdb/libchdb';
import ffi from 'ffi-rs';

const [configPath, dataFolder, logPath, host, httpPort, nativePort] = process.argv.slice(2);

const args = [
  'clickhouse',
  `--config-file=${configPath}`,
  `--path=${dataFolder}`,
  `--listen_host=${host}`,
  `--http_port=${httpPort}`,
  `--tcp_port=${nativePort}`,
  '--log-level=warning',
  `--logger.log=${logPath}`, // A level without a file is ignored.
  // The listeners live as long as this session does, so the last query never ends. One row every three seconds
  // costs nothing; a block of more than one row would sleep for longer than ClickHouse allows.
  '--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null',
];

/**
 * The engine has no way to end an endless query from outside, and exit() hangs while its thread runs. Ending by force is safe: every
 * acknowledged insert is whole on disk, which was checked with kill -9 in the middle of inserts.
 */
const end = (): void => void process.kill(process.pid, 'SIGKILL');

/** Our own processes notice the supervisor's end at the same moment, and have a second for what they are writing. */
const END_AFTER_SUPERVISOR_MS = 1_000;
const endSoon = (): void => void setTimeout(end, END_AFTER_SUPERVISOR_MS);

process.on('SIGTERM', end);
process.stdin.on('end', endSoon);
process.stdin.on('error', endSoon);
process.stdin.resume();

ffi.open({ library: 'chdb', path: libchdbPath() });
await ffi.load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: ffi.DataType.External,
  paramsType: [ffi.DataType.I32, ffi.arrayConstructor({ type: ffi.DataType.StringArray, length: args.length })],
  paramsValue: [args.length, args],
  runInNewThread: true,
});
console.error('ClickHouse ended by itself');
end();
